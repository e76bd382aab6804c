/** ZMTP 3.0 as bytes: https://rfc.zeromq.org/spec/23/. */

const more = 1;
const long = 2;
const command = 4;

/** Signature, version 3.0, the mechanism NULL, not a server. */
export const greeting: Uint8Array = (() => {
  const bytes = Buffer.alloc(64);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes.write("NULL", 12, "latin1");
  return bytes;
})();

/** The command that ends the handshake of the NULL mechanism. */
export function ready(socketType: "DEALER" | "SUB", identity = ""): Uint8Array {
  const body = Buffer.concat([
    Buffer.from("\x05READY", "latin1"),
    property("Socket-Type", socketType),
    property("Identity", identity),
  ]);
  return Buffer.concat([Buffer.of(command, body.length), body]);
}

function property(name: string, value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name, "latin1"), length, Buffer.from(value, "latin1")]);
}

/** One message: each frame's head and, unchanged, its bytes. */
export function encodeFrames(frames: readonly Uint8Array[]): Uint8Array[] {
  return frames.flatMap((frame, position) => {
    const flags = position < frames.length - 1 ? more : 0;
    if (frame.length < 256) return [Buffer.of(flags, frame.length), frame];
    const head = Buffer.alloc(9);
    head[0] = flags | long;
    head.writeBigUInt64BE(BigInt(frame.length), 1);
    return [head, frame];
  });
}

export interface ZmtpEvents {
  /** The other side's greeting is in. */
  readonly greeted: () => void;
  /** The handshake is over: messages may be sent. */
  readonly ready: () => void;
  readonly message: (frames: Uint8Array[]) => void;
}

/** Reads one connection, in chunks of any size. */
export class ZmtpReader {
  readonly #events: ZmtpEvents;
  #chunks: Buffer[] = [];
  #available = 0;
  #greeted = false;
  #ready = false;
  #head: { readonly flags: number; readonly length: number } | undefined;
  #frames: Uint8Array[] = [];

  constructor(events: ZmtpEvents) {
    this.#events = events;
  }

  /** False where this is not ZMTP 3 with NULL, or the other side refused: the connection is of no use. */
  take(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#available += chunk.length;
    if (!this.#greeted) {
      const theirs = this.#read(greeting.length);
      if (theirs === undefined) return true;
      if (theirs[0] !== 0xff || (theirs[10] ?? 0) < 3 || theirs.toString("latin1", 12, 17) !== "NULL\0") return false;
      this.#greeted = true;
      this.#events.greeted();
    }
    for (;;) {
      this.#head ??= this.#readHead();
      if (this.#head === undefined) return true;
      const body = this.#read(this.#head.length);
      if (body === undefined) return true;
      const { flags } = this.#head;
      this.#head = undefined;
      if ((flags & command) !== 0) {
        if (!this.#command(body)) return false;
        continue;
      }
      this.#frames.push(body);
      if ((flags & more) === 0) this.#events.message(this.#frames.splice(0));
    }
  }

  #command(body: Buffer): boolean {
    const name = body.toString("latin1", 1, 1 + (body[0] ?? 0));
    if (name === "READY" && !this.#ready) {
      this.#ready = true;
      this.#events.ready();
    }
    return name !== "ERROR";
  }

  #readHead(): { flags: number; length: number } | undefined {
    const flags = this.#peek(1)?.[0];
    if (flags === undefined) return undefined;
    const head = this.#read((flags & long) === 0 ? 2 : 9);
    if (head === undefined) return undefined;
    return { flags, length: (flags & long) === 0 ? (head[1] ?? 0) : Number(head.readBigUInt64BE(1)) };
  }

  #peek(length: number): Buffer | undefined {
    return this.#available < length ? undefined : this.#chunks.find((chunk) => chunk.length > 0);
  }

  /** The next bytes, when all are here: a large frame is put together once, not with every chunk. */
  #read(length: number): Buffer | undefined {
    if (this.#available < length) return undefined;
    const parts: Buffer[] = [];
    let wanted = length;
    while (wanted > 0) {
      const [first] = this.#chunks;
      if (first === undefined) return undefined;
      const part = first.subarray(0, wanted);
      parts.push(part);
      wanted -= part.length;
      if (part.length === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(part.length);
    }
    this.#available -= length;
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }
}
