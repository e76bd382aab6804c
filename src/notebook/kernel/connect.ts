import type { Addresses, FramesHandler, Transport } from "./transport.ts";
import { connectZmq } from "./zmq.ts";

/**
 * Connects to a kernel by ZeroMQ's own library, whose I/O thread reads even while JavaScript is busy. Where its addon
 * cannot be loaded (no folder to execute from, a machine that it is not built for), by the same protocol in JavaScript.
 */
export async function connect(addresses: Addresses, onFrames: FramesHandler): Promise<Transport> {
  try {
    await import("zeromq");
  } catch {
    const { connectZmtp } = await import("./zmtp.ts");
    return connectZmtp(addresses, onFrames);
  }
  return connectZmq(addresses, onFrames);
}
