/** Kernels for tests: real ones from the test environments, and the one that misbehaves on demand. */
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { Kernel, Message } from "../../../src/notebook/kernel/connection.ts";
import { startKernel, type StartOptions } from "../../../src/notebook/kernel/launch.ts";
import { isIdle, stream } from "../../../src/notebook/kernel/messages.ts";
import { resolveKernel, type KernelChoice } from "../../../src/notebook/kernel/resolve.ts";

const fixture = join(import.meta.dirname, "..", "..", "fixtures", "kernels", "fault_kernel.py");

/** The environment of a job that runs in the Python environment of this interpreter. */
export function environment(python: string): Record<string, string> {
  return { PATH: `${dirname(python)}:/usr/bin:/bin`, HOME: homedir() };
}

/** A kernelspec for the kernel that misbehaves in these ways. */
export function faulty(python: string, faults: readonly string[], overrides: Partial<KernelChoice> = {}): KernelChoice {
  return {
    name: "fault",
    displayName: "Fault",
    language: "fault",
    argv: [python, fixture, "{connection_file}", ...faults],
    env: {},
    interruptMode: "signal",
    metadata: {},
    folder: "",
    prefixes: [],
    ...overrides,
  };
}

/** Starts a kernel that is gone when the test is over, whatever happens in it. */
export async function start(
  t: TestContext,
  python: string,
  kernel: KernelChoice,
  options: Partial<StartOptions> = {},
): Promise<Kernel> {
  const started = await startKernel({ kernel, cwd: "/tmp", env: environment(python), ...options });
  t.after(async () => {
    await started.kill();
    started.connection.close();
  });
  return started;
}

/** The environment's own Python kernel, or the kernel of that name. */
export async function startNamed(
  t: TestContext,
  python: string,
  requested = "python3",
  options: Partial<StartOptions> = {},
): Promise<Kernel> {
  return start(t, python, await resolveKernel({ env: environment(python), requested }), options);
}

export interface Executed {
  /** Everything on any channel that answers this request, in order of arrival. */
  readonly messages: readonly Message[];
  readonly stdout: string;
  readonly types: readonly string[];
}

/** A folder of the test's own, gone with it. */
export function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "kernel-test-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** The folder of a running kernel's connection file, from its command line. */
export function folderOf(kernel: Pick<Kernel, "pid">): string {
  const argv = readFileSync(`/proc/${kernel.pid}/cmdline`, "utf8").split("\0");
  return dirname(argv.find((arg) => arg.endsWith("/kernel.json")) ?? "");
}

export type OnMessage = (message: Message) => Promise<void>;

/** Executes code and reads on until reply and idle have both come, or the kernel is gone; `onMessage` may take its time. */
export async function execute(kernel: Kernel, code: string, onMessage?: OnMessage): Promise<Executed> {
  const { connection } = kernel;
  const id = connection.send("shell", "execute_request", {
    code,
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  });
  const messages: Message[] = [];
  for (let idle = false, reply = false; !(idle && reply);) {
    const message = await connection.receive();
    if (message === undefined) break;
    if (message.parent_header?.msg_id !== id) continue;
    messages.push(message);
    await onMessage?.(message);
    if (isIdle(message)) idle = true;
    if (message.header.msg_type === "execute_reply") reply = true;
  }
  const streams = messages.filter(({ header }) => header.msg_type === "stream").map(({ content }) => stream(content));
  return {
    messages,
    stdout: streams
      .filter(({ name }) => name === "stdout")
      .map(({ text }) => text)
      .join(""),
    types: messages.map(({ header }) => header.msg_type),
  };
}
