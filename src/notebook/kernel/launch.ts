/** Starts a kernel and waits until it has answered and is being heard. */
import { type ProcessGroup, spawnGroup } from "../../process/group.ts";
import { watchMemory } from "../../process/oom.ts";
import { NbjobError } from "../../text/errors.ts";
import { bootableModule } from "./boot.ts";
import { type ConnectionFile, writeConnectionFile } from "./connection-file.ts";
import type { Kernel } from "./connection.ts";
import { type KernelCommand, kernelCommand } from "./kernel-command.ts";
import { RunningKernel } from "./lifecycle.ts";
import { LogRing } from "./log-ring.ts";
import { kernelInfo } from "./messages.ts";
import { ready } from "./ready.ts";
import type { KernelChoice } from "./resolve.ts";
import { Session } from "./session.ts";
import { connect as connectKernel } from "./connect.ts";

export interface StartOptions {
  /** As `resolveKernel` found it. */
  readonly kernel: KernelChoice;
  readonly cwd: string;
  /** The kernel's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds for the kernel to answer; default 60,000. */
  readonly startTimeout?: number;
  /**
   * Default for ipykernel `ipc`, or `tcp` where no folder can hold socket files; for every other kernel `tcp`, which all of them
   * understand, and whose buffers take some megabytes of a flood before the kernel drops any of it, those of `ipc` 200 KB.
   */
  readonly transport?: "ipc" | "tcp";
  /** Gives up the start; the kernel is killed and the signal's reason thrown. */
  readonly signal?: AbortSignal;
  readonly warn?: (message: string) => void;
}

const defaultStartTimeout = 60_000;
const portAttempts = 3;
/** Bytes of the kernel's own output that are kept. */
const logLimit = 64 * 1024;
/** Seconds by which a Python kernel answers that finds its bytecode caches. */
const slowStart = 2;

/**
 * Starts a kernel in a process group of its own. Resolves when it has answered `kernel_info_request`
 * and iopub has brought a first message, so that from then on nothing that it publishes can be missed.
 * @throws {NbjobError} `environment` with the kernel's own last output, where it ends or stays silent.
 */
export async function startKernel(options: StartOptions): Promise<Kernel> {
  const { kernel: spec, transport = bootableModule(spec.argv) === "ipykernel_launcher" ? "ipc" : "tcp" } = options;
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    const file = await writeConnectionFile(spec.name, transport);
    try {
      return await attemptStart(options, file);
    } catch (error) {
      // Between our choice of the ports and the kernel's binding them somebody else may take one.
      const isPortTaken = file.addresses.transport === "tcp" && /address.{0,20} in use/i.test(String(error));
      if (!isPortTaken || attempt === portAttempts) throw error;
    }
  }
}

async function attemptStart(options: StartOptions, file: ConnectionFile): Promise<Kernel> {
  const { kernel: spec, cwd, env, startTimeout = defaultStartTimeout, signal, warn = () => {} } = options;
  const parent = process.pid;
  const command = kernelCommand(spec, { connectionFile: file.path, env, cwd, parent, prefixes: spec.prefixes });
  const started = performance.now();
  const kernel = await spawn(options, file, command);
  try {
    const reply = await ready(kernel, { startTimeout, signal, warn });
    kernel.begin(kernelInfo(reply.content), (performance.now() - started) / 1000);
  } catch (error) {
    await kernel.kill();
    kernel.session.close();
    throw error;
  }
  if (kernel.seconds > slowStart && command.env.PYTHONDONTWRITEBYTECODE && kernel.language === "python")
    warn(
      `The kernel took ${kernel.seconds.toFixed(1)} s to start: PYTHONDONTWRITEBYTECODE is set, so that Python compiles its packages each time. Compile them once when the image is built: python -m compileall`,
    );
  return kernel;
}

async function spawn(options: StartOptions, file: ConnectionFile, command: KernelCommand): Promise<RunningKernel> {
  const { kernel: spec, cwd, warn = () => {} } = options;
  const log = new LogRing(logLimit);
  let group: ProcessGroup | undefined;
  try {
    group = spawnGroup(command.argv, {
      cwd,
      env: command.env,
      onOutput: (_, chunk) => log.add(chunk),
      patience: { quiet: 200, longest: 2_000, sweep: 1_000 },
    });
    const connect = { key: file.key, warn, connect: connectKernel.bind(undefined, file.addresses) };
    const session = await Session.open(connect); // ZeroMQ is loaded while Python starts
    return new RunningKernel({
      spec,
      group,
      session,
      log,
      file,
      memory: watchMemory(group.pid),
    });
  } catch (error) {
    await group?.stop({ grace: 0 });
    await file.remove();
    if (!(error instanceof NbjobError)) throw error;
    throw new NbjobError("environment", `The kernel "${spec.name}" cannot be started. ${error.message}`, {
      cause: error,
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      ...(error.location === undefined ? {} : { location: error.location }),
    });
  }
}
