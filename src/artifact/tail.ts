import { safeCut, stripAnsi } from "../text/ansi.ts";

/** The last bytes of a stream, in memory that does not grow with it. */
export class Tail {
  readonly #most: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#most = mostBytes;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    // A copy: a view would keep the whole chunk alive.
    const kept = new Uint8Array(chunk.length > this.#most ? chunk.subarray(chunk.length - this.#most) : chunk);
    this.#chunks.push(kept);
    this.#bytes += kept.length;
    if (this.#bytes > 2 * this.#most) this.#compact();
  }

  /** The text kept, without escape sequences; of a line drawn over, its last state. */
  text(): string {
    this.#compact();
    return stripAnsi(Buffer.concat(this.#chunks).toString("utf8"))
      .split("\n")
      .map((line) => line.replace(/\r+$/, ""))
      .map((line) => line.slice(line.lastIndexOf("\r") + 1))
      .join("\n");
  }

  #compact(): void {
    const all = Buffer.concat(this.#chunks);
    const kept = new Uint8Array(all.subarray(Math.max(0, all.length - this.#most)));
    this.#chunks = [kept];
    this.#bytes = kept.length;
  }
}

/** At most so many bytes from the end of a text: whole lines where it has more than one. */
export function lastBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let cut = bytes.length - most;
  const whole = safeCut(bytes, cut);
  // Safe cuts lie at or before their limit; the next character is the first that fits.
  if (whole !== cut) while (cut < bytes.length && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut++;
  const tail = bytes.subarray(cut).toString();
  const line = tail.indexOf("\n");
  return line < 0 || line === tail.length - 1 ? tail : tail.slice(line + 1);
}

/**
 * The line of an error output that says most: the last one that is not indented, because stack traces are
 * (Python names the exception after its trace, Java before it); undefined where nothing was written.
 */
export function usefulLine(text: string): string | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !/^Node\.js v[0-9]/.test(line));
  return (lines.findLast((line) => !/^\s/.test(line)) ?? lines.at(-1))?.trim();
}
