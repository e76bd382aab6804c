/**
 * The work's output as whole lines, on bytes, without a cost per line:
 * - `\n` and `\r\n` end a line; what comes out always ends with `\n`.
 * - A bare `\r` is a progress bar drawing over itself: the newest state leaves as a line of its own, at most once
 *   an interval, and the last one always.
 * - A partial line leaves as it is after a second without news, and at the end.
 * - A line longer than the limit is cut, with a mark; never inside a character or an escape sequence.
 */
import { safeCut, stripAnsi, wholeEnd } from "./ansi.ts";

const cr = 0x0d;
const lf = 0x0a;
const lineEnd = Uint8Array.of(lf);

/** What stands where a line had to be cut. */
export const cutMark = " [line continues]";
const cutEnd = Buffer.from(`${cutMark}\n`);

export interface LineOptions {
  /** Longest line in bytes; default 65,536. */
  readonly maxLine?: number;
  /** Milliseconds between two states of a progress bar; default 1,000. */
  readonly progressInterval?: number;
  /** Milliseconds without news after which a partial line leaves; default 1,000. */
  readonly idle?: number;
}

/** Splits one stream. Times are milliseconds of one clock; only their differences matter. */
export class LineSplitter {
  readonly #maxLine: number;
  readonly #progressInterval: number;
  readonly #idle: number;

  /** Since the last `\n` or `\r`, not yet let out. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** A `\r` was the last byte: a `\n` may follow. */
  #afterCr = false;
  /** This line has been drawn over. */
  #drawn = false;
  /** Newest state of a progress bar that had to wait. */
  #waiting: Uint8Array | undefined;
  /** A state of this line was let out as a line. */
  #shown = false;
  #lastShown = -Infinity;
  #lastByte = -Infinity;
  /** The silence since the last byte has had its effect. */
  #rested = true;
  /** What was let out last did not end its line. */
  #open = false;

  constructor(options: LineOptions = {}) {
    this.#maxLine = Math.max(16, options.maxLine ?? 65_536);
    this.#progressInterval = options.progressInterval ?? 1_000;
    this.#idle = options.idle ?? 1_000;
  }

  /** True where what was let out last did not end its line. */
  get midLine(): boolean {
    return this.#open;
  }

  /** When `poll` has something to do if no chunk comes before; undefined: never. */
  get deadline(): number | undefined {
    const progress = this.#waiting === undefined ? Infinity : this.#lastShown + this.#progressInterval;
    const partial = this.#rested || !(this.#heldBytes > 0 || this.#afterCr) ? Infinity : this.#lastByte + this.#idle;
    const first = Math.min(progress, partial);
    return first === Infinity ? undefined : first;
  }

  /** Takes a chunk and returns what may leave now, in order; the pieces are views of the chunk. */
  push(chunk: Uint8Array, now: number): readonly Uint8Array[] {
    if (chunk.length === 0) return [];
    this.#lastByte = now;
    this.#rested = false;
    return this.#pushWhole(chunk) ?? this.#pushParts(chunk, now);
  }

  /** Lets out what has waited long enough. */
  poll(now: number): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    if (!this.#rested && now - this.#lastByte >= this.#idle) {
      this.#rested = true;
      this.#rest(out, now);
    }
    if (this.#waiting !== undefined && now - this.#lastShown >= this.#progressInterval)
      this.#show(out, this.#waiting, now);
    return out;
  }

  /** Lets out everything; a partial last line stays without its `\n` (`midLine`). */
  end(): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    if (this.#afterCr || this.#drawn) this.#endLine(out);
    else this.#flush(out, this.#heldBytes);
    this.#rested = true;
    return out;
  }

  /** The fast way, for chunks of whole lines without `\r`: undefined where it does not apply. */
  #pushWhole(chunk: Uint8Array): readonly Uint8Array[] | undefined {
    if (this.#afterCr || this.#drawn || chunk.length > this.#maxLine || chunk.includes(cr)) return undefined;
    const last = chunk.lastIndexOf(lf);
    if (last < 0 || this.#heldBytes + chunk.indexOf(lf) > this.#maxLine) return undefined;
    const out = [...this.#held, chunk.subarray(0, last + 1)];
    this.#clear();
    this.#open = false;
    if (last + 1 < chunk.length) this.#keep(copyOf(chunk.subarray(last + 1)));
    return out;
  }

  #pushParts(chunk: Uint8Array, now: number): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    let at = 0;
    if (this.#afterCr) {
      if (chunk[0] === lf) {
        at = 1;
        this.#endLine(out);
      } else this.#draw(out, now);
    }
    let nextCr = next(chunk, cr, at);
    let nextLf = next(chunk, lf, at);
    while (at < chunk.length) {
      const stop = Math.min(nextCr, nextLf);
      this.#hold(out, chunk.subarray(at, stop));
      at = stop + 1;
      if (stop === nextLf) {
        if (stop === chunk.length) break;
        this.#endLine(out);
      } else if (at === chunk.length) this.#afterCr = true;
      else if (nextLf === at) {
        at++;
        this.#endLine(out);
      } else this.#draw(out, now);
      if (nextCr < at) nextCr = next(chunk, cr, at);
      if (nextLf < at) nextLf = next(chunk, lf, at);
    }
    return out;
  }

  /** Adds to the line, cutting it where it grows too long. */
  #hold(out: Uint8Array[], piece: Uint8Array): void {
    let rest = piece;
    while (this.#heldBytes + rest.length > this.#maxLine) {
      const full = Buffer.concat([...this.#held, rest.subarray(0, this.#maxLine - this.#heldBytes)]);
      rest = rest.subarray(this.#maxLine - this.#heldBytes);
      const cut = safeCut(full, this.#maxLine);
      out.push(full.subarray(0, cut), cutEnd);
      this.#open = false;
      this.#clear();
      if (cut < full.length) this.#keep(full.subarray(cut));
    }
    if (rest.length > 0) this.#keep(copyOf(rest));
  }

  #keep(piece: Uint8Array): void {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
  }

  #clear(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }

  #take(): Uint8Array {
    const line = this.#held.length === 1 ? this.#held[0] : undefined;
    const whole = line ?? Buffer.concat(this.#held);
    this.#clear();
    return whole;
  }

  #endLine(out: Uint8Array[]): void {
    if (!this.#drawn) {
      out.push(...this.#held, lineEnd);
      this.#clear();
    } else {
      const line = this.#take();
      const final = isVisible(line) ? line : this.#waiting;
      if (final !== undefined) out.push(final, lineEnd);
      else if (!this.#shown) out.push(lineEnd);
    }
    this.#open = false;
    this.#afterCr = false;
    this.#drawn = false;
    this.#waiting = undefined;
    this.#shown = false;
  }

  /** A `\r` that ends no line: what is held is a state of a progress bar. */
  #draw(out: Uint8Array[], now: number): void {
    const state = this.#take();
    this.#afterCr = false;
    this.#drawn = true;
    if (this.#open) this.#show(out, state, now);
    else if (!isVisible(state)) return;
    else if (now - this.#lastShown >= this.#progressInterval) this.#show(out, state, now);
    else this.#waiting = state;
  }

  #show(out: Uint8Array[], state: Uint8Array, now: number): void {
    out.push(state, lineEnd);
    this.#open = false;
    this.#waiting = undefined;
    this.#shown = true;
    this.#lastShown = now;
  }

  /** What silence does: a partial line leaves, a progress bar shows where it stands. */
  #rest(out: Uint8Array[], now: number): void {
    if (this.#afterCr) {
      this.#draw(out, now);
      return;
    }
    const line = Buffer.concat(this.#held);
    const whole = wholeEnd(line);
    if (!this.#drawn) this.#flush(out, whole);
    else if (isVisible(line) && whole === line.length) {
      this.#clear();
      this.#show(out, line, now);
    }
  }

  #flush(out: Uint8Array[], bytes: number): void {
    if (bytes === 0) return;
    const line = this.#take();
    out.push(line.subarray(0, bytes));
    this.#open = true;
    if (bytes < line.length) this.#keep(line.subarray(bytes));
  }
}

/** A view would keep the whole chunk alive for a few bytes; `slice` of a Buffer is one. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function next(chunk: Uint8Array, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from);
  return at < 0 ? chunk.length : at;
}

/** False for what only erases: blanks and escape sequences. */
function isVisible(line: Uint8Array): boolean {
  if (line.length === 0) return false;
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString("latin1");
  return stripAnsi(text).trim() !== "";
}

/** A splitter that keeps its own time. */
export interface TimedLines {
  /** What may leave now; undefined: nothing yet. */
  push(chunk: Uint8Array): Uint8Array | undefined;
  /** The rest, its last line ended; undefined: there is none. */
  end(): Uint8Array | undefined;
}

/** Splits one stream with timers of its own; `emit` takes what silence or a progress bar's interval lets out. */
export function createLineSplitter(emit: (lines: Uint8Array) => void, options?: LineOptions): TimedLines {
  const splitter = new LineSplitter(options);
  let timer: NodeJS.Timeout | undefined;
  let due = Infinity;

  const wait = (): void => {
    const deadline = splitter.deadline ?? Infinity;
    if (deadline === Infinity || deadline >= due) return; // Too early a timer only looks again.
    clearTimeout(timer);
    due = deadline;
    timer = setTimeout(look, Math.max(0, deadline - performance.now()) + 1).unref();
  };
  const look = (): void => {
    due = Infinity;
    const lines = joined(splitter.poll(performance.now()));
    if (lines !== undefined) emit(lines);
    wait();
  };

  return {
    push(chunk) {
      const lines = joined(splitter.push(chunk, performance.now()));
      wait();
      return lines;
    },
    end() {
      clearTimeout(timer);
      due = Infinity;
      const rest = splitter.end();
      return joined(splitter.midLine ? [...rest, ...splitter.push(lineEnd, performance.now())] : rest);
    },
  };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array | undefined {
  return pieces.length > 1 ? Buffer.concat(pieces) : pieces[0];
}
