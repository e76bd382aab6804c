/** Milliseconds that Node's timers hold, 24 days; of a longer time they make one millisecond. */
export const longestTimer = 2 ** 31 - 1;

/** A timer of any length, in steps that Node's timers hold; returns what cancels it. It keeps nothing alive where `ref` is false. */
export function after(milliseconds: number, action: () => void, { ref = true } = {}): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const next = (): void => (left > longestTimer ? wait(left - longestTimer) : action());
    timer = setTimeout(next, Math.min(left, longestTimer));
    if (!ref) timer.unref();
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}
