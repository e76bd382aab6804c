import type { Addresses, FramesHandler, Transport } from "./transport.ts";

/**
 * Connects to a kernel by ZeroMQ's own library, whose I/O thread reads even while JavaScript is busy. Where its addon
 * cannot be loaded (no folder to execute from, a machine that it is not built for), by the same protocol in JavaScript.
 *
 * Over Unix sockets (ipykernel, which waits for its reader) always by the latter: where a kernel dies that is ahead of its reader,
 * libzmq throws away what is still in the socket, the last words before the crash.
 */
export async function connect(addresses: Addresses, onFrames: FramesHandler): Promise<Transport> {
  if (addresses.transport === "tcp") {
    const library = await import("./zmq.ts");
    if (await library.isLoadable()) return library.connectZmq(addresses, onFrames);
  }
  const { connectZmtp } = await import("./zmtp.ts");
  return connectZmtp(addresses, onFrames);
}
