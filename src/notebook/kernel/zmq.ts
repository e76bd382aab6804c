/**
 * The transport over npm zeromq (libzmq). Its I/O thread drains the kernel even while JavaScript is busy, and no high-water mark
 * lets it drop: a kernel's PUB socket throws messages away as soon as 1,000 of them wait for a reader. (A kernel that is known to
 * wait instead may be made to: `limitAhead`.)
 */
import { randomBytes } from "node:crypto";
import type { Dealer, Subscriber } from "zeromq";
import type { Channel, RequestChannel } from "./connection.ts";
import { address, type Addresses, type FramesHandler, type Transport } from "./transport.ts";

/** Milliseconds between attempts to connect: the kernel binds its sockets some time after it was started. */
const reconnectInterval = 5;

/** False where its addon cannot be loaded. */
export async function isLoadable(): Promise<boolean> {
  return import("zeromq").then(
    () => true,
    () => false,
  );
}

/** Connects to a kernel that may not have bound its sockets yet. */
export async function connectZmq(addresses: Addresses, onFrames: FramesHandler): Promise<Transport> {
  const zmq = await import("zeromq");
  zmq.context.blocky = false;
  const common = { linger: 0, maxMessageSize: -1, receiveHighWaterMark: 0, reconnectInterval } as const;
  // input_request goes to the identity that sent execute_request: the three DEALERs must share it.
  const routingId = randomBytes(8).toString("hex");
  const dealer = (): Dealer => new zmq.Dealer({ ...common, sendHighWaterMark: 0, routingId });
  const dealers: Record<RequestChannel, Dealer> = { shell: dealer(), control: dealer(), stdin: dealer() };
  const iopub: Subscriber = new zmq.Subscriber(common);
  iopub.subscribe();

  let closed = false;
  const channels: readonly (readonly [Channel, Dealer | Subscriber])[] = [
    ["iopub", iopub],
    ["shell", dealers.shell],
    ["control", dealers.control],
    ["stdin", dealers.stdin],
  ];
  for (const [channel, socket] of channels) {
    socket.connect(address(addresses, channel));
    void pump(socket, (frames) => onFrames(channel, frames));
  }

  // A socket takes one send at a time; each waits for the one before.
  const sending: Record<RequestChannel, Promise<void>> = {
    shell: Promise.resolve(),
    control: Promise.resolve(),
    stdin: Promise.resolve(),
  };
  return {
    send(channel, frames) {
      if (!closed) sending[channel] = sendAfter(sending[channel], dealers[channel], frames);
    },
    limitAhead(messages) {
      // libzmq begins to count with this call, but as if nothing had been read before.
      iopub.receiveHighWaterMark = messages;
    },
    close() {
      if (closed) return;
      closed = true;
      for (const [, socket] of channels) socket.close();
    },
  };
}

async function sendAfter(before: Promise<void>, socket: Dealer, frames: readonly Uint8Array[]): Promise<void> {
  await before;
  // It fails only where the socket was closed meanwhile, when nobody is left to tell.
  if (!socket.closed) await socket.send(frames.map(asMessage)).catch(() => {});
}

/** Reads a socket to its end, one message in hand. */
async function pump(
  socket: Dealer | Subscriber,
  onFrames: (frames: Uint8Array[]) => void | Promise<void>,
): Promise<void> {
  while (!socket.closed) {
    let frames: Uint8Array[];
    try {
      frames = await socket.receive();
    } catch {
      return; // closed while it was waiting
    }
    await onFrames(frames);
  }
}

function asMessage(frame: Uint8Array): Buffer {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
}
