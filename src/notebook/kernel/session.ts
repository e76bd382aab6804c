/** A `KernelConnection` over a transport: headers, JSON, our own requests kept apart from the executor's. */
import { randomUUID } from "node:crypto";
import type { Header, JsonObject, KernelConnection, Message, RequestChannel, SendOptions } from "./connection.ts";
import { lastMessage } from "./boot.ts";
import { decode } from "./decode.ts";
import { FloodGauge } from "./flood-gauge.ts";
import type { FramesHandler, Transport } from "./transport.ts";
import { pack, unpack } from "./wire.ts";

/** Messages of iopub that may wait outside the JavaScript heap, where the kernel waits with the rest. */
const ahead = 64;
/** Milliseconds of silence after a kernel's end, by which its last messages have come through the sockets, and in how many naps. */
const silence = 100;
const naps = 5;
/** The same for a kernel that has said that there is a last message, before that has come. */
const lastMessageLimit = 10_000;
/** How many looks in a row, of this many milliseconds, find a reader that asks for nothing before it no longer holds up a kernel that ends. */
const readerLimit = 5;
const look = 1_000;
/** The protocol version that our headers name; what kernels name varies and tells nothing. */
const protocolVersion = "5.4";

export interface SessionOptions {
  /** HMAC key; empty for an unsigned connection. */
  readonly key: string;
  readonly connect: (onFrames: FramesHandler) => Promise<Transport>;
  /** Told when the first message has to be dropped; `dropped` counts on. */
  readonly warn: (message: string) => void;
  readonly username?: string;
}

/** What is known of the last message of a kernel that is gone. */
export interface LastWord {
  /** The kernel is one that publishes such a message when it ends. */
  readonly expected: boolean;
  /** It said that it has. */
  readonly announced: boolean;
}

interface Waiting {
  readonly message: Message;
  readonly taken: () => void;
}

export class Session implements KernelConnection {
  readonly #options: SessionOptions;
  readonly #id = randomUUID();
  readonly #waiting: Waiting[] = [];
  /** Requests of nbjob's own, and who waits for the answer. */
  readonly #own = new Map<string, (reply: Message) => void>();
  #transport: Transport | undefined;
  #reader: ((message: Message | undefined) => void) | undefined;
  #ended = false;
  #dropped = 0;
  /** Set once the kernel is gone. */
  #gone: LastWord | undefined;
  answered: string | undefined;
  /** The kernel's own mark behind all that it published. */
  lastSeen = false;
  #cutShort: KernelConnection["cutShort"];
  #published = 0;
  #flood: FloodGauge | undefined;
  #draining = false;
  #watch: NodeJS.Timeout | undefined;
  /** How often the reader has asked, and how many looks ago it last did. */
  #asked = 0;
  #unasked = 0;
  /** The request of the executor's that the kernel said it is busy with. */
  #busyWith: string | undefined;
  /** False until the kernel is ready: what it says before that is nobody's output. */
  #begun = false;
  /** Called for each message of iopub until `begin()`. */
  onPublished: (() => void) | undefined;

  private constructor(options: SessionOptions) {
    this.#options = options;
  }

  static async open(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    session.#transport = await options.connect((channel, frames) => session.#take(channel, frames));
    return session;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get mayHaveLost(): boolean {
    return this.#flood?.flooded ?? false;
  }

  get cutShort(): KernelConnection["cutShort"] {
    return this.#cutShort;
  }

  /** Changes whenever the reader asks for a message; undefined while it waits for one. */
  get reading(): number | undefined {
    return this.#reader === undefined && !this.#isDeaf() ? this.#asked : undefined;
  }

  /** True from a busy status to the idle one of the same request, as far as iopub has been read. */
  get busy(): boolean {
    return this.#busyWith !== undefined;
  }

  /** How many messages iopub has brought: the first one proves that our subscription stands. */
  get published(): number {
    return this.#published;
  }

  send(channel: RequestChannel, msgType: string, content: JsonObject, options: SendOptions = {}): string {
    const header: Header = {
      msg_id: randomUUID(),
      msg_type: msgType,
      session: this.#id,
      username: this.#options.username ?? "nbjob",
      date: new Date().toISOString(),
      version: protocolVersion,
    };
    const signed = {
      header: json(header),
      parent: json(options.parent ?? {}),
      metadata: json(options.metadata ?? {}),
      content: json(content),
      buffers: options.buffers ?? [],
    };
    this.#transport?.send(channel, pack(signed, this.#options.key));
    return header.msg_id;
  }

  /** A request of nbjob's own: its answer, and what iopub says about it, never reach `receive()`. */
  request(channel: RequestChannel, msgType: string, content: JsonObject, onReply: (reply: Message) => void): void {
    this.#own.set(this.send(channel, msgType, content), onReply);
  }

  /** Keeps messages from now on; those before are dropped. `dropsNothing`: the kernel waits for us, however slow we are. */
  begin(dropsNothing: boolean): void {
    this.#begun = true;
    this.#flood = dropsNothing ? undefined : new FloodGauge();
    if (dropsNothing && this.#published < ahead / 2) this.#transport?.limitAhead(ahead);
    this.onPublished = undefined;
  }

  /** One caller at a time; see `KernelConnection`. */
  async receive(): Promise<Message | undefined> {
    this.#asked++;
    this.#unasked = 0;
    const next = this.#waiting.shift();
    if (next) {
      next.taken();
      return next.message;
    }
    if (this.#ended) return undefined;
    if (this.#reader) throw new Error("receive() is already waiting");
    return new Promise((resolve) => {
      this.#reader = resolve;
      this.#endWhenQuiet();
    });
  }

  /** The kernel ends. It may wait for its reader: one that is slow holds it up, one that reads no more does not. */
  drain(): void {
    if (this.#draining || this.#ended) return;
    this.#draining = true;
    this.#unasked = 0;
    // Counted, not measured: while nbjob itself stands still, nobody can ask.
    this.#watch = setInterval(() => {
      this.#unasked++;
      if (this.#isDeaf()) for (const { taken } of this.#waiting) taken();
    }, look).unref();
  }

  #isDeaf(): boolean {
    return this.#draining && this.#reader === undefined && this.#unasked > readerLimit;
  }

  /** The kernel is gone: ends the connection when its reader has waited for a while and nothing came. */
  finish(last: LastWord): void {
    this.#gone = last;
    this.#endWhenQuiet();
  }

  #endWhenQuiet(): void {
    if (!this.#gone || !this.#reader) return;
    const waiting = this.#reader;
    const { announced, expected } = this.#gone;
    let rest = announced && !this.lastSeen ? lastMessageLimit : silence;
    // In naps, between which sockets are read: a machine that stood still for a while is no silence.
    const nap = (): void => {
      if (this.#reader !== waiting) return;
      if (rest > 0) {
        setTimeout(nap, silence / naps);
        rest -= silence / naps;
        if (this.lastSeen && rest > silence) rest = silence;
      } else {
        if (expected && !this.lastSeen) this.#cutShort ??= announced ? "undelivered" : "unannounced";
        this.close();
      }
    };
    nap();
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#watch);
    this.#transport?.close();
    for (const { taken } of this.#waiting) taken();
    this.#reader?.(undefined);
    this.#reader = undefined;
  }

  #take(channel: Message["channel"], frames: readonly Uint8Array[]): void | Promise<void> {
    if (this.#ended) return;
    const signed = unpack(frames, this.#options.key);
    const message = "fault" in signed ? signed : decode(channel, signed);
    if ("fault" in message) {
      if (this.#dropped++ === 0) this.#options.warn(`A message from the kernel was dropped: ${message.fault}`);
      return;
    }
    if (channel === "iopub") this.#publish(message);
    if (message.header.msg_type === "execute_reply") this.answered = message.parent_header?.msg_id;
    if (message.header.msg_type === lastMessage) {
      this.lastSeen = true;
      return;
    }
    if (this.#isOwn(message) || !this.#begun) return;
    if (this.#reader) {
      const reader = this.#reader;
      this.#reader = undefined;
      reader(message);
      return;
    }
    if (this.#isDeaf() && this.#waiting.length >= ahead) {
      this.#cutShort ??= "unread";
      return;
    }
    return new Promise((taken) => {
      this.#waiting.push({ message, taken });
      // Answers to an interrupt or a shutdown come on control, and must not wait behind what nobody reads.
      if (channel === "control" || this.#isDeaf()) taken();
    });
  }

  #publish(message: Message): void {
    this.#published++;
    this.#flood?.count(message);
    this.onPublished?.();
    const request = message.parent_header?.msg_id;
    if (this.#own.has(request ?? "") || message.header.msg_type !== "status") return;
    if (message.content.execution_state === "busy") this.#busyWith = request;
    else if (this.#busyWith === request) this.#busyWith = undefined;
  }

  #isOwn(message: Message): boolean {
    const reply = this.#own.get(message.parent_header?.msg_id ?? "");
    if (!reply) return false;
    const type = message.header.msg_type;
    if (message.channel !== "iopub") reply(message);
    return message.channel !== "iopub" || type === "status" || type.endsWith("_reply");
  }
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
