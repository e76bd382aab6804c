import { levels, type Level, type Log, type LogFields, type LogFormat } from "./log.ts";
import { openMask, type Mask } from "./mask/index.ts";
import type { Sink } from "./sink.ts";
import type { StatusLine } from "./status-line.ts";

/** Cuts the work's bytes into what may be written now; keeps back a partial line. See lines.ts. */
export interface LineSplitter {
  push(chunk: Uint8Array): Uint8Array | undefined;
  end(): Uint8Array | undefined;
}

export interface LoggerOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly format: LogFormat;
  /** The least level shown of nbjob's own lines. */
  readonly level: Level;
  /** Whether people read it: short local times. */
  readonly terminal: boolean;
  readonly colours: boolean;
  /** The foot of the terminal, where there is one. */
  readonly status?: StatusLine;
  readonly now: () => Date;
  /** One splitter a stream; `emit` takes what it lets out later by itself, a partial line that has waited long enough. */
  readonly splitter: (emit: (lines: Uint8Array) => void) => LineSplitter;
}

/** A log whose masking can be set once the secrets are known. */
export interface Logger extends Log {
  /** Whether colours mean something to whoever reads. */
  readonly colours: boolean;
  readonly format: LogFormat;
  /** What goes on now, for whoever watches a terminal; undefined takes it away. */
  status(text: string | undefined): void;
  /** Masks every line from here on, the work's and our own. */
  setMask(mask: Mask): void;
  /** Why some of it is written no more (its reader has gone, its disk is full), if so. */
  failure(): NodeJS.ErrnoException | undefined;
  /** Resolves when everything logged so far has been written. */
  flush(): Promise<void>;
}

/**
 * The log of one process. As text, the work's stdout goes to stdout and its stderr to stderr, untouched but for masking,
 * and nbjob's own lines go to stderr behind a time and a name. As JSON, every line is one object on stdout, so that their order is kept.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { stdout, stderr, format, terminal, status } = options;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true }); // which would take one away
  const open = { stdout: false, stderr: false };
  let mask: Mask = openMask;
  let masks = { stdout: mask.stream(), stderr: mask.stream() };
  let workFields: LogFields | undefined;
  const least = levels.indexOf(options.level);

  /** Writes while the status line is out of the way; it comes back once the line is whole. */
  const aside = <Result>(write: () => Result, whole = true): Result => {
    status?.hide();
    const result = write();
    if (whole) status?.show();
    return result;
  };
  const own = (level: Level, message: string, fields?: LogFields): void => {
    if (levels.indexOf(level) < least) return;
    const time = options.now();
    if (format === "json") {
      void stdout.write(mask.text(JSON.stringify({ time: time.toISOString(), level, message, ...fields })) + "\n");
      return;
    }
    const stamp = terminal ? time.toTimeString().slice(0, 8) : time.toISOString();
    const head = `${stamp} nbjob: ${level === "warn" ? "warning: " : level === "error" ? "error: " : ""}`;
    const body = mask
      .text(message)
      .split("\n")
      .map((line) => head + line)
      .join("\n");
    void aside(() => stderr.write(`${paint(level, body, options.colours)}\n`));
  };

  const emit = (stream: "stdout" | "stderr", lines: Uint8Array): void | Promise<void> => {
    if (format === "text")
      return aside(() => (stream === "stdout" ? stdout : stderr).write(lines), lines.at(-1) === 0x0a);
    const time = options.now().toISOString();
    const pieces = decoder.decode(lines).split("\n");
    // A line that has no end yet is a record marked `partial`; what ends it without more text is none.
    const partial = pieces.pop() ?? "";
    if (open[stream] && pieces[0] === "") pieces.shift();
    open[stream] &&= lines.at(-1) !== 0x0a;
    const records = pieces.map((line) => JSON.stringify({ time, stream, line, ...workFields }));
    if (partial !== "") {
      records.push(JSON.stringify({ time, stream, line: partial, partial: true, ...workFields }));
      open[stream] = true;
    }
    return records.length === 0 ? undefined : stdout.write(`${records.join("\n")}\n`);
  };
  const splitters = {
    stdout: options.splitter((lines) => void emit("stdout", lines)),
    stderr: options.splitter((lines) => void emit("stderr", lines)),
  };

  return {
    colours: options.colours && format === "text",
    format,
    failure: () => stdout.failure ?? stderr.failure,
    status: (text) => status?.set(text === undefined ? undefined : mask.text(text)),
    debug: (message, fields) => own("debug", message, fields),
    info: (message, fields) => own("info", message, fields),
    warn: (message, fields) => own("warn", message, fields),
    error: (message, fields) => own("error", message, fields),
    work(stream, chunk, fields) {
      workFields = fields;
      let behind: void | Promise<void> = undefined;
      // Masked before it is split: a secret may hold a line end.
      for (const safe of masks[stream].push(chunk)) {
        const lines = splitters[stream].push(safe);
        if (lines !== undefined) behind = emit(stream, lines);
      }
      return behind;
    },
    endWork() {
      for (const stream of ["stdout", "stderr"] as const) {
        for (const safe of masks[stream].end()) {
          const lines = splitters[stream].push(safe);
          if (lines !== undefined) void emit(stream, lines);
        }
        const rest = splitters[stream].end();
        if (rest !== undefined) void emit(stream, rest);
      }
    },
    print(text) {
      void stdout.write(text.endsWith("\n") ? text : `${text}\n`);
    },
    setMask(next) {
      mask = next;
      masks = { stdout: next.stream(), stderr: next.stream() };
    },
    async flush() {
      await stdout.flush();
      await stderr.flush();
    },
  };
}

const colours: Readonly<Record<Level, string>> = { debug: "90", info: "36", warn: "33", error: "31" };

function paint(level: Level, text: string, coloured: boolean): string {
  return coloured ? `\u001b[${colours[level]}m${text}\u001b[0m` : text;
}
