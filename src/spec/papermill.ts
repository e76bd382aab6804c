/**
 * The value that papermill makes of the text after `-p`: `True`, `False` and `None` by exactly these words, else what
 * Python's int() takes, else what its float() takes, else text. `true` and `2024-01-01` stay text.
 */
export function resolvePapermill(text: string): null | boolean | number | bigint | string {
  if (text === "True") return true;
  if (text === "False") return false;
  if (text === "None") return null;
  const trimmed = text.trim();
  if (/^[-+]?\d+(?:_\d+)*$/.test(trimmed)) {
    const exact = BigInt(trimmed.replaceAll(/[+_]/g, ""));
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  if (/^[-+]?(?:inf|infinity|nan)$/i.test(trimmed)) {
    if (/nan$/i.test(trimmed)) return Number.NaN;
    return trimmed.startsWith("-") ? -Infinity : Infinity;
  }
  if (/^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][-+]?\d+(?:_\d+)*)?$/.test(trimmed)) {
    return Number(trimmed.replaceAll("_", ""));
  }
  return text;
}
