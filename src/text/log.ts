/** Levels of nbjob's own lines. What the work prints has none. */
export type Level = "debug" | "info" | "warn" | "error";

/** The one door for output. Nothing else in nbjob writes to stdout or stderr, so that masking has one gate. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /**
   * Bytes that the work printed, in the order and the chunks in which they came.
   * They leave as whole lines, masked; resolves when the reader has caught up, so that a slow reader slows the work, not our memory.
   */
  work(stream: "stdout" | "stderr", chunk: Uint8Array): void | Promise<void>;
  /** Ends a partial last line of the work. */
  endWork(): void;
  /** The program's own answer on stdout: `--version`, a table, JSON. */
  print(text: string): void;
}

/** Machine-readable companions of a line; shown by the JSON format. */
export type LogFields = Readonly<Record<string, unknown>>;
