/**
 * What the executor sees of a kernel: messages in, messages out, and a life that can be interrupted, shut down, killed.
 * It does not know whether ZeroMQ over a socket file, TCP or something else carries them.
 *
 * Message fields follow "Messaging in Jupyter" 5.x, but every one that a real kernel was seen to leave out is optional here.
 */
import type { Json } from "../nbformat/types.ts";

/** A JSON object from the wire. */
export type JsonObject = { [key: string]: Json };

export type RequestChannel = "shell" | "control" | "stdin";
export type Channel = RequestChannel | "iopub";

export interface Header {
  /** Empty where the kernel gave none. */
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  /** ISO 8601 as the kernel wrote it; undefined where it wrote none. */
  readonly date: string | undefined;
  readonly version: string | undefined;
  readonly subshell_id?: string;
}

/** One message from the kernel. Never changed by the connection after it was handed out. */
export interface Message {
  readonly channel: Channel;
  readonly header: Header;
  /** Undefined where the kernel sent `{}`: `iopub_welcome`, `status: starting`. */
  readonly parent_header: Header | undefined;
  readonly metadata: JsonObject;
  /**
   * Numbers are plain JavaScript numbers, except in the messages that carry a JSON MIME type: there, those that JavaScript
   * would change are `RawNumber`. `messages.ts` reads the fields of each type leniently.
   */
  readonly content: JsonObject;
  /** Binary frames; they may share memory with the wire's frame, so they live as long as the message does. */
  readonly buffers: readonly Uint8Array[];
}

export interface SendOptions {
  readonly metadata?: JsonObject;
  readonly buffers?: readonly Uint8Array[];
  /** The header this answers: `input_reply` names its `input_request`. */
  readonly parent?: Header;
}

export interface KernelConnection {
  /**
   * Queues one message and returns its `msg_id`, by which answers are known (`parent_header.msg_id`).
   * After the connection ended it does nothing.
   */
  send(channel: RequestChannel, msgType: string, content: JsonObject, options?: SendOptions): string;
  /**
   * The next message: every one in the order it came on its channel, none left out, channels interleaved as they arrive.
   * `undefined` for good once the connection is closed, or the kernel is gone and its last message has been handed out.
   * One caller at a time. While nobody asks, messages wait outside the JavaScript heap.
   */
  receive(): Promise<Message | undefined>;
  /** The last execute request whose reply has come, whether or not it has been handed out yet. */
  readonly answered: string | undefined;
  /** Messages dropped because their signature or frames were bad. */
  readonly dropped: number;
  /**
   * True once messages came so fast that the kernel may have dropped some before they were sent, which it does in silence.
   * Never true for a kernel that is known to wait for its reader: ipykernel, as nbjob starts it.
   */
  readonly mayHaveLost: boolean;
  /**
   * Why messages of the kernel's last moments may be missing, if so: nobody read them, they did not arrive, or the kernel was gone
   * before it could publish the one that ends them all.
   */
  readonly cutShort: "unread" | "undelivered" | "unannounced" | undefined;
  close(): void;
}

/** How a kernel's process ended. */
export interface KernelExit {
  /** Exit status, null where a signal ended it. */
  readonly code: number | null;
  /** As `SIGKILL`; null where it exited by itself. */
  readonly signal: NodeJS.Signals | null;
  /**
   * `shutdown`: it exited when asked to. `stopped`: asked, and ended by our signals when its time was over, or because it had
   * nothing left to do but did not exit; not a failure. `killed`: by `kill()`. `died`: by itself, or by somebody else's signal.
   */
  readonly how: "shutdown" | "stopped" | "killed" | "died";
  /** It had been asked to shut down, and took longer than its grace. */
  readonly late?: true;
  /** Commands of the notebook's that still ran, and ended with it. */
  readonly left?: number;
  /** True where the process went on but the kernel in it had begun anew, with nothing of what it held; it was then killed. */
  readonly restarted?: boolean;
  /** What the cgroup says, where the kernel died of SIGKILL and there is a cgroup to ask. */
  readonly oom?: { readonly killed: boolean; readonly peakBytes?: number; readonly limitBytes?: number };
}

/** `kernel_info_reply`, as far as a run needs it. */
export interface KernelInfo {
  /** As `ipython`; empty where the kernel did not say. */
  readonly implementation: string;
  readonly implementationVersion: string;
  readonly protocolVersion: string;
  readonly banner: string;
  /** As the notebook's `metadata.language_info` takes it; `{}` where the kernel gave none. */
  readonly languageInfo: JsonObject;
  readonly supportedFeatures: readonly string[];
}

/** A running kernel that has answered. */
export interface Kernel {
  readonly connection: KernelConnection;
  /** The kernelspec that is really used. */
  readonly name: string;
  readonly displayName: string;
  /** The kernelspec's language, in lower case; `languageInfo.name` where the spec has none. */
  readonly language: string;
  readonly info: KernelInfo;
  readonly pid: number;
  /** From spawn to ready. */
  readonly seconds: number;
  /** Resolves once, when the process is gone; never rejects. `receive()` still hands out what it had sent. */
  readonly exited: Promise<KernelExit>;
  /** The last 64 KiB that the process itself wrote on its stdout and stderr, as text. */
  log(): string;
  /** As the kernelspec's `interrupt_mode` says: SIGINT to the group, or `interrupt_request`. Returns without waiting for an effect. */
  interrupt(): void;
  /**
   * Asks the kernel to end and waits up to `grace` milliseconds for it; then SIGTERM, then SIGKILL to its whole group.
   * Resolves when nothing of the group and its files is left; what the kernel said last can still be received, and the
   * connection is the caller's to close. Safe to call twice, and after a death.
   */
  shutdown(options: { readonly grace: number; readonly signal?: AbortSignal }): Promise<KernelExit>;
  /** SIGKILL to the group, at once; resolves as `shutdown` does. */
  kill(): Promise<KernelExit>;
}
