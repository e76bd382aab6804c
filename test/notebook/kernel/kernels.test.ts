import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { Kernel, Message } from "../../../src/notebook/kernel/connection.ts";
import { executeReply } from "../../../src/notebook/kernel/messages.ts";
import { installedKernels, resolveKernel } from "../../../src/notebook/kernel/resolve.ts";
import { liveMembers } from "../../../src/process/members.ts";
import { venvOrSkip } from "../../support/venv.ts";
import { environment, execute, start, startNamed, temporary, type OnMessage } from "./start.ts";

interface Known {
  readonly name: string;
  /** Where it is installed; undefined for kernels that this machine may have. */
  readonly venv?: string;
  /** Only for kernels whose package brings no kernel.json. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly implementation: string;
  readonly language: string;
  /** Prints 42. */
  readonly code: string;
  readonly fails: string;
  /** Runs for ever; absent where the kernel cannot be interrupted. */
  readonly loops?: string;
}

const python = {
  name: "python3",
  implementation: "ipython",
  language: "python",
  code: "print(6 * 7)",
  fails: "1 / 0",
  loops: "while True: pass",
};

const kernels: readonly Known[] = [
  { ...python, venv: "kernels" },
  { ...python, venv: "ipykernel6" },
  // It ends itself on SIGINT, whoever sends it.
  {
    name: "xpython",
    venv: "kernels",
    implementation: "xeus-python",
    language: "python",
    code: "print(6 * 7)",
    fails: "1 / 0",
  },
  {
    name: "ir",
    implementation: "IRkernel",
    language: "r",
    code: "cat(6 * 7, '\\n')",
    fails: "stop('no')",
    loops: "repeat {}",
  },
  {
    name: "bash",
    venv: "kernels",
    json: { argv: ["python", "-m", "bash_kernel", "-f", "{connection_file}"], language: "bash", display_name: "Bash" },
    implementation: "bash_kernel",
    language: "bash",
    code: "echo $((6 * 7))",
    fails: "false",
    loops: "sleep 600",
  },
  {
    name: "deno",
    venv: "kernels",
    json: { argv: ["deno", "jupyter", "--kernel", "--conn", "{connection_file}"], language: "typescript" },
    implementation: "Deno kernel",
    language: "typescript",
    code: "const n: number = 6 * 7; console.log(n); await new Promise((done) => setTimeout(done, 300))",
    fails: "throw new Error('no')",
  },
];

await suite("kernels as they are installed", { concurrency: 2 }, () => {
  for (const known of kernels)
    test(`${known.name} of ${known.venv ?? "this machine"}`, async (t) => {
      const kernel = await startKnown(t, known);
      if (kernel === undefined) return;
      assert.equal(kernel.info.implementation, known.implementation);
      assert.equal(kernel.language, known.language);
      assert.match((await execute(kernel, known.code)).stdout, /^42\r?\n$/);
      assert.equal(await statusOf(kernel, known.fails), "error");
      if (known.loops !== undefined) {
        // Kernels ignore interrupts until they have begun, which they say a little before.
        const interrupt = async ({ header }: Message): Promise<void> => {
          if (header.msg_type === "execute_input") setTimeout(() => kernel.interrupt(), 500);
        };
        assert.notEqual(await statusOf(kernel, known.loops, interrupt), "ok");
        assert.match((await execute(kernel, known.code)).stdout, /42/);
      }
      const exit = await kernel.shutdown({ grace: 10_000 });
      assert.ok(exit.how === "shutdown" || exit.how === "stopped");
      assert.deepEqual(liveMembers(kernel.pid), []);
      assert.equal(kernel.connection.dropped, 0);
    });
});

async function startKnown(t: TestContext, { name, venv, json }: Known): Promise<Kernel | undefined> {
  if (venv === undefined) return startInstalled(t, name);
  const python = await venvOrSkip(t, venv);
  if (python === undefined) return undefined;
  if (json === undefined) return startNamed(t, python, name);
  const folder = temporary(t);
  mkdirSync(join(folder, "kernels", name), { recursive: true });
  writeFileSync(join(folder, "kernels", name, "kernel.json"), JSON.stringify(json));
  const env = { ...environment(python), JUPYTER_PATH: folder };
  return start(t, python, await resolveKernel({ env, requested: name }), { env });
}

async function startInstalled(t: TestContext, name: string): Promise<Kernel | undefined> {
  const env = environment("/usr/bin/python3");
  const installed = await installedKernels({ env });
  const spec = installed.find((kernel) => kernel.name === name);
  if (spec !== undefined) return start(t, "/usr/bin/python3", { ...spec, prefixes: [] });
  t.skip(`the kernel ${name} is not installed on this machine`);
  return undefined;
}

async function statusOf(kernel: Kernel, code: string, onMessage?: OnMessage): Promise<string> {
  const { messages } = await execute(kernel, code, onMessage);
  const reply = messages.find(({ header }) => header.msg_type === "execute_reply");
  return reply === undefined ? "none" : executeReply(reply.content).status;
}
