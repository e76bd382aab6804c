/**
 * Keys that are read and checked but do nothing yet. A job file that uses one is refused with its sentence, after the
 * key's name, so that no key is ever ignored. When a feature arrives, its line goes.
 */
export const notYet: Readonly<Record<string, string>> = {
  retries: "a failed work is not tried again yet.",
};

/** Values that ask for nothing, and so are not refused. */
export const notYetUnless: Readonly<Record<string, unknown>> = { retries: 0 };
