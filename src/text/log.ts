/** Levels of nbjob's own lines, least first. What the work prints has none. */
export const levels = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof levels)[number];

export const logFormats = ["text", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

/** Machine-readable companions of a line; shown by the JSON format only. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The one door for output. Nothing else in nbjob writes to stdout or stderr, so that masking has one gate. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /**
   * Bytes that the work printed, in the order and the chunks in which they came. They leave as whole lines, masked.
   * A promise is returned while the reader is behind: whoever awaits it slows the work instead of filling our memory.
   */
  work(stream: "stdout" | "stderr", chunk: Uint8Array, fields?: LogFields): void | Promise<void>;
  /** Lets out a last line of the work that has no line end. */
  endWork(): void;
  /** The program's own answer on stdout, whatever the format: `--version`, a table, JSON. A line end is added where it is missing. */
  print(text: string): void;
}
