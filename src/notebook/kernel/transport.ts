/** Frames in, frames out: what a session needs of ZeroMQ, so that another carrier can take its place. */
import type { Channel, RequestChannel } from "./connection.ts";

/**
 * Takes each message's frames. What it returns is awaited before the next message of that channel is read,
 * so that a slow reader holds one message in memory and leaves the rest to the carrier.
 */
export type FramesHandler = (channel: Channel, frames: readonly Uint8Array[]) => void | Promise<void>;

export interface Transport {
  /** Queues one message; order per channel is kept. */
  send(channel: RequestChannel, frames: readonly Uint8Array[]): void;
  /**
   * Takes no more than this many messages of iopub ahead of the reader from now on, so that a kernel that waits for its reader is
   * slowed by a slow one, as a pipe slows its writer. Only while fewer than half as many have come so far (see `zmq.ts`).
   */
  limitAhead(messages: number): void;
  close(): void;
}

/** Where the five sockets are, as the connection file says it. */
export interface Addresses {
  readonly transport: "ipc" | "tcp";
  /** An IP address, or the path that socket files' names begin with. */
  readonly ip: string;
  readonly ports: Readonly<Record<Channel | "hb", number>>;
}

/** `tcp://ip:port`, or `ipc://ip-port`: jupyter_client's convention, which kernels follow. */
export function address(addresses: Addresses, channel: Channel): string {
  const separator = addresses.transport === "ipc" ? "-" : ":";
  return `${addresses.transport}://${addresses.ip}${separator}${addresses.ports[channel]}`;
}
