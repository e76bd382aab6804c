/**
 * The transport without ZeroMQ's addon, for where it cannot be loaded: ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) over
 * Node's own sockets, with what a Jupyter client needs of it: DEALER and SUB, the NULL mechanism, connecting.
 *
 * Messages are taken from the socket as fast as they come and wait in memory, unless `limitAhead` allows otherwise: a kernel's PUB
 * socket throws messages away as soon as 1,000 of them wait for a reader. Only while JavaScript itself is busy does nothing read.
 */
import { randomBytes } from "node:crypto";
import { createConnection, type Socket } from "node:net";
import type { Channel, RequestChannel } from "./connection.ts";
import type { Addresses, FramesHandler, Transport } from "./transport.ts";
import { encodeFrames, greeting, ready, ZmtpReader } from "./zmtp-frames.ts";

/** Milliseconds between attempts to connect: the kernel binds its sockets some time after it was started. */
const reconnectInterval = 5;

/** Connects to a kernel that may not have bound its sockets yet. */
export function connectZmtp(addresses: Addresses, onFrames: FramesHandler): Transport {
  // input_request goes to the identity that sent execute_request: the three DEALERs must share it.
  const identity = randomBytes(8).toString("hex");
  const open = (channel: Channel, hello: readonly Uint8Array[]): Peer =>
    new Peer(addresses, channel, hello, (frames) => onFrames(channel, frames));
  const dealer = (channel: RequestChannel): Peer => open(channel, [ready("DEALER", identity)]);
  const dealers = { shell: dealer("shell"), control: dealer("control"), stdin: dealer("stdin") };
  // A message of one byte 1 subscribes to the topic that follows: to every one.
  const iopub = open("iopub", [ready("SUB"), ...encodeFrames([Uint8Array.of(1)])]);
  return {
    send: (channel, frames) => dealers[channel].send(frames),
    limitAhead: (messages) => iopub.limitAhead(messages),
    close() {
      for (const peer of [iopub, ...Object.values(dealers)]) peer.close();
    },
  };
}

/** One socket, connected again until it is closed. */
class Peer {
  #socket: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  /** Messages that may wait before the socket is read no further. */
  #ahead = Infinity;
  /** Messages to send once the other side has greeted. */
  #waiting: Uint8Array[] | undefined = [];
  readonly #connect: () => void;

  constructor(
    addresses: Addresses,
    channel: Channel,
    hello: readonly Uint8Array[],
    onFrames: (frames: Uint8Array[]) => void | Promise<void>,
  ) {
    const deliver = inTurn(
      onFrames,
      () => this.#closed,
      (waiting) => this.#slow(waiting),
    );
    const port = addresses.ports[channel];
    this.#connect = () => {
      const socket =
        addresses.transport === "ipc"
          ? createConnection({ path: `${addresses.ip}-${port}` })
          : createConnection({ host: addresses.ip, port, noDelay: true });
      this.#socket = socket;
      const reader = new ZmtpReader({
        greeted: () => hello.forEach((bytes) => socket.write(bytes)),
        ready: () => this.#flush(socket),
        message: deliver,
      });
      socket.on("connect", () => socket.write(greeting));
      socket.on("data", (chunk) => {
        if (!reader.take(chunk)) socket.destroy();
      });
      socket.on("error", () => {}); // "close" follows
      socket.on("close", () => {
        this.#waiting ??= [];
        if (!this.#closed) this.#retry = setTimeout(this.#connect, reconnectInterval);
      });
    };
    this.#connect();
  }

  limitAhead(messages: number): void {
    this.#ahead = messages;
  }

  #slow(waiting: number): void {
    if (waiting >= this.#ahead) this.#socket?.pause();
    else if (waiting * 2 < this.#ahead && this.#socket?.isPaused() === true) this.#socket.resume();
  }

  send(frames: readonly Uint8Array[]): void {
    if (this.#closed) return;
    const encoded = encodeFrames(frames);
    if (this.#waiting !== undefined) this.#waiting.push(...encoded);
    else for (const bytes of encoded) this.#socket?.write(bytes);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#socket?.destroy();
  }

  #flush(socket: Socket): void {
    for (const bytes of this.#waiting ?? []) socket.write(bytes);
    this.#waiting = undefined;
  }
}

/** Hands on one message at a time, the next when what the handler returned is done. */
function inTurn(
  handle: (frames: Uint8Array[]) => void | Promise<void>,
  closed: () => boolean,
  onWaiting: (messages: number) => void,
): (frames: Uint8Array[]) => void {
  const queue: Uint8Array[][] = [];
  let busy = false;
  let waiting = 0;
  const drain = async (): Promise<void> => {
    busy = true;
    // Taken from the front in one go: shifting a long queue message by message would move all the rest each time.
    while (queue.length > 0 && !closed())
      for (const frames of queue.splice(0)) {
        if (!closed()) await handle(frames);
        onWaiting(--waiting);
      }
    busy = false;
  };
  return (frames) => {
    queue.push(frames);
    onWaiting(++waiting);
    if (!busy) void drain();
  };
}
