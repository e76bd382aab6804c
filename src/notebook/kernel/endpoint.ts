/**
 * Whether a kernel still listens on its iopub socket, seen from outside in `/proc/net` (proc(5), Linux only), where every listening
 * socket has a number of its own. ZeroMQ's socket monitor would tell too, but its reader in npm zeromq closes file descriptors in
 * an order that can silence other handles of the event loop, and libzmq waits for ever once 1,000 events lie unread.
 */
import { readFileSync } from "node:fs";
import type { Addresses } from "./transport.ts";

export class Endpoint {
  readonly #find: () => string | undefined;
  /** The socket's number when the kernel was ready; undefined where it cannot be seen. */
  #own: string | undefined;

  constructor({ transport, ip, ports }: Addresses, proc = "/proc") {
    this.#find = () =>
      transport === "ipc"
        ? findUnix(read(`${proc}/net/unix`), `${ip}-${ports.iopub}`)
        : findTcp(read(`${proc}/net/tcp`), ports.iopub);
  }

  /** The kernel is ready: what listens now is its own. */
  remember(): void {
    this.#own = this.#find();
  }

  /** True where another socket listens in the place of the kernel's: something in it has started anew. */
  replaced(): boolean {
    const now = this.#own === undefined ? undefined : this.#find();
    return now !== undefined && now !== this.#own;
  }

  /** True when nobody listens any more. */
  closed(): boolean {
    return this.#own !== undefined && this.#find() === undefined;
  }
}

/** The inode of the Unix socket that listens at this path; the path stays there when its file is removed. */
export function findUnix(table: string, path: string): string | undefined {
  const listening = /^[\da-f]+: [\da-f]+ [\da-f]+ 00010000 \S+ \S+ +(\d+) (.*)$/gim;
  return table.matchAll(listening).find(([, , at]) => at === path)?.[1];
}

/** The inode of the IPv4 socket that listens at this port. */
export function findTcp(table: string, port: number): string | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  // sl, local address, remote address, state (0A is LISTEN), queues, timer, retransmits, uid, timeout, inode
  return new RegExp(String.raw`^ *\d+: [\dA-F]{8}:${hex} \S+ 0A \S+ \S+ \S+ +\d+ +\d+ (\d+) `, "m").exec(table)?.[1];
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
