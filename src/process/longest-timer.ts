/** Milliseconds that Node's timers hold, 24 days; of a longer time they make one millisecond. */
export const longestTimer = 2 ** 31 - 1;
