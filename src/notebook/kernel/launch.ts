/** Starts a kernel and waits until it has answered and is being heard. */
import { spawnGroup } from "../../process/group.ts";
import { NbjobError } from "../../text/errors.ts";
import { writeConnectionFile } from "./connection-file.ts";
import type { Kernel, Message } from "./connection.ts";
import { kernelCommand } from "./kernel-command.ts";
import { RunningKernel } from "./lifecycle.ts";
import { LogRing } from "./log-ring.ts";
import { kernelInfo } from "./messages.ts";
import { Session } from "./session.ts";
import type { KernelChoice } from "./resolve.ts";
import { connectZmq } from "./zmq.ts";

export interface StartOptions {
  /** As `resolveKernel` found it. */
  readonly kernel: KernelChoice;
  readonly cwd: string;
  /** The kernel's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds for the kernel to answer; default 60,000. */
  readonly startTimeout?: number;
  /** Default `ipc`, and `tcp` where no folder can hold socket files. */
  readonly transport?: "ipc" | "tcp";
  /** Gives up the start; the kernel is killed and the signal's reason thrown. */
  readonly signal?: AbortSignal;
  readonly warn?: (message: string) => void;
}

const defaultStartTimeout = 60_000;
const logLimit = 64 * 1024;

/**
 * Starts a kernel in a process group of its own. Resolves when it has answered `kernel_info_request`
 * and iopub has brought a first message, so that from then on nothing that it publishes can be missed.
 * @throws {NbjobError} `environment` with the kernel's own last output, where it ends or stays silent.
 */
export async function startKernel(options: StartOptions): Promise<Kernel> {
  options.signal?.throwIfAborted();
  const { kernel: spec, cwd, env, warn = () => {} } = options;
  const file = await writeConnectionFile(spec.name, options.transport);
  const log = new LogRing(logLimit);
  const command = kernelCommand(spec, {
    connectionFile: file.path,
    env,
    cwd,
    parent: process.pid,
    prefixes: spec.prefixes,
  });
  const started = performance.now();
  let kernel: RunningKernel | undefined;
  try {
    const group = spawnGroup(command.argv, {
      cwd,
      env: command.env,
      onOutput: (_, chunk) => log.add(chunk),
      patience: { quiet: 200, longest: 2_000, sweep: 1_000 },
    });
    const session = Session.open({ key: file.key, warn, connect: (onFrames) => connectZmq(file.addresses, onFrames) });
    kernel = new RunningKernel({ spec, group, session: await session, log, file });
    const reply = await ready(kernel, options);
    kernel.begin(kernelInfo(reply.content), (performance.now() - started) / 1000);
    return kernel;
  } catch (error) {
    await (kernel ? kernel.kill() : file.remove());
    throw error;
  }
}

/** The kernel_info_reply, once iopub is heard too. */
async function ready(kernel: RunningKernel, options: StartOptions): Promise<Message> {
  const { startTimeout = defaultStartTimeout, signal, kernel: spec } = options;
  const { session } = kernel;
  const done = Promise.withResolvers<Message>();
  let reply: Message | undefined;
  const check = (): void => {
    if (reply && session.published > 0) done.resolve(reply);
  };
  session.onPublished = check;
  const ask = (): void => {
    session.request("shell", "kernel_info_request", {}, (message) => {
      reply ??= message;
      check();
      // The subscription came too late for the answer's own status messages: another question brings new ones.
      if (session.published === 0) setTimeout(() => session.published === 0 && ask(), 50);
    });
  };
  ask();
  const again = setInterval(ask, 1_000);
  const limit = setTimeout(() => {
    done.reject(failed(kernel, `The kernel "${spec.name}" did not answer within ${startTimeout / 1000} s.`));
  }, startTimeout);
  const abort = (): void => done.reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([done.promise, diedEarly(kernel)]);
  } finally {
    clearInterval(again);
    clearTimeout(limit);
    signal?.removeEventListener("abort", abort);
  }
}

async function diedEarly(kernel: RunningKernel): Promise<never> {
  const exit = await kernel.exited;
  await kernel.settled; // its last words
  const how = exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
  throw failed(kernel, `The kernel "${kernel.name}" ${how} before it was ready.`);
}

function failed(kernel: RunningKernel, message: string): NbjobError {
  const log = kernel.log().trim();
  return new NbjobError("environment", log === "" ? message : `${message} It wrote:\n${log}`, {
    remedy: "Check that the kernel and its packages are installed in this environment.",
  });
}
