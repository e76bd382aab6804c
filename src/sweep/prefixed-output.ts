import { createLineSplitter, type TimedLines } from "../text/lines.ts";
import type { Logger } from "../text/logger.ts";

/** What one of many runs prints, on its way to one log: whole lines, each behind the run's name. */
export class PrefixedOutput {
  readonly #log: Logger;
  readonly #name: string;
  readonly #prefix: string;
  readonly #lines: Readonly<Record<"stdout" | "stderr", TimedLines>>;

  constructor(log: Logger, name: string) {
    this.#log = log;
    this.#name = name;
    // The JSON format has a field for it.
    this.#prefix = log.format === "json" ? "" : `[${name}] `;
    const lines = (stream: "stdout" | "stderr"): TimedLines =>
      // A line without its end would be mixed with the others' lines: it waits.
      createLineSplitter((ready) => void this.#write(stream, ready), { idle: Infinity });
    this.#lines = { stdout: lines("stdout"), stderr: lines("stderr") };
  }

  push(stream: "stdout" | "stderr", chunk: Uint8Array): void | Promise<void> {
    const ready = this.#lines[stream].push(chunk);
    return ready === undefined ? undefined : this.#write(stream, ready);
  }

  end(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      const rest = this.#lines[stream].end();
      if (rest !== undefined) void this.#write(stream, rest);
    }
  }

  #write(stream: "stdout" | "stderr", lines: Uint8Array): void | Promise<void> {
    const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString("latin1");
    // Latin-1 is bytes as they are, whatever they mean. What comes is whole lines, the last one's end with it.
    const prefixed = `${this.#prefix}${text.slice(0, -1).replaceAll("\n", `\n${this.#prefix}`)}\n`;
    return this.#log.work(stream, Buffer.from(prefixed, "latin1"), { run: this.#name });
  }
}
