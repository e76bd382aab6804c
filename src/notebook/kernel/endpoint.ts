/**
 * Whether a kernel still listens on its iopub socket, seen from outside, by knocking at it.
 * ZeroMQ's own socket monitor would tell too, but its reader in npm zeromq closes file descriptors in an order
 * that can silence other handles of the event loop, and libzmq waits for ever once 1,000 events lie unread.
 */
import { statSync } from "node:fs";
import { connect } from "node:net";
import type { Addresses } from "./transport.ts";

export class Endpoint {
  readonly #addresses: Addresses;
  /** Of the socket file that the kernel made for itself. */
  #inode: number | undefined;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  /** The kernel is ready: what is bound now is its own. */
  remember(): void {
    this.#inode = this.#currentInode();
  }

  /** True where another socket stands in the place of the kernel's: something in it has started anew. Over TCP it cannot be seen. */
  replaced(): boolean {
    const inode = this.#currentInode();
    return inode !== undefined && this.#inode !== undefined && inode !== this.#inode;
  }

  /** False where a missing file says nothing, because somebody has cleaned up the folder before. */
  present(): boolean {
    return this.#addresses.transport === "tcp" || this.#currentInode() !== undefined;
  }

  /** True when nobody listens any more. */
  async closed(): Promise<boolean> {
    const { transport, ip, ports } = this.#addresses;
    return new Promise((resolve) => {
      const socket = transport === "ipc" ? connect(`${ip}-${ports.iopub}`) : connect(ports.iopub, ip);
      socket.once("error", () => resolve(true));
      socket.once("connect", () => {
        socket.destroy();
        resolve(false);
      });
    });
  }

  #currentInode(): number | undefined {
    const { transport, ip, ports } = this.#addresses;
    return transport === "tcp" ? undefined : statSync(`${ip}-${ports.iopub}`, { throwIfNoEntry: false })?.ino;
  }
}
