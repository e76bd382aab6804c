import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { kernelCommand } from "../../../src/notebook/kernel/kernel-command.ts";
import { type KernelChoice, resolveKernel, type ResolveOptions } from "../../../src/notebook/kernel/resolve.ts";
import { NbjobError } from "../../../src/text/errors.ts";

const root = mkdtempSync(join(tmpdir(), "resolve-"));
process.on("exit", () => rmSync(root, { recursive: true }));
let made = 0;

type Specs = Readonly<Record<string, unknown>>;

/** An environment (`<prefix>/share/jupyter/kernels`) with these kernelspecs and, where it says so, a Python that does not start. */
function prefixWith(specs: Specs): string {
  const prefix = join(root, String(made++));
  for (const [name, json] of Object.entries(specs)) {
    const folder = join(prefix, "share", "jupyter", "kernels", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "kernel.json"), typeof json === "string" ? json : JSON.stringify(json));
  }
  mkdirSync(join(prefix, "bin"), { recursive: true });
  return prefix;
}

/** Options that see these kernels only, whatever this machine has. */
function seeing(specs: Specs, python?: string): ResolveOptions & { prefixes: readonly string[] } {
  const prefix = prefixWith(specs);
  if (python !== undefined) {
    writeFileSync(join(prefix, "bin", "python3"), `#!/bin/sh\n${python}\n`);
    chmodSync(join(prefix, "bin", "python3"), 0o755);
  }
  return { env: { PATH: join(prefix, "bin"), HOME: join(prefix, "home") }, prefixes: [prefix] };
}

const python = { argv: ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"], language: "python" };
const r = { argv: ["R", "--args", "{connection_file}"], language: "R", display_name: "R" };

async function refused(options: ResolveOptions): Promise<NbjobError> {
  const error = await resolveKernel(options).catch((reason: unknown) => reason);
  assert.ok(error instanceof NbjobError);
  assert.equal(error.reason, "environment");
  return error;
}

await suite("resolving a kernel", () => {
  test("by the notebook's own name, whatever its case", async () => {
    const options = seeing({ python3: python, IR: r });
    const found = await resolveKernel({ ...options, metadata: { kernelspec: { name: "Ir" } } });
    assert.deepEqual([found.name, found.language, found.displayName], ["ir", "R", "R"]);
  });

  test("by request before the notebook's", async () => {
    const options = seeing({ python3: python, ir: r });
    const found = await resolveKernel({ ...options, requested: "ir", metadata: { kernelspec: { name: "python3" } } });
    assert.equal(found.name, "ir");
  });

  test("python is another name of python3, and the default", async () => {
    const options = seeing({ python3: python });
    for (const metadata of [{}, { kernelspec: { name: "python" } }, { kernelspec: null }])
      assert.equal((await resolveKernel({ ...options, metadata })).name, "python3");
  });

  test("of two with one name the first folder's", async () => {
    const first = prefixWith({ ir: { ...r, display_name: "first" } });
    const second = prefixWith({ ir: { ...r, display_name: "second" } });
    const env = { PATH: "", HOME: root };
    const found = await resolveKernel({ env, prefixes: [first, second], requested: "ir" });
    assert.equal(found.displayName, "first");
  });

  test("what is no kernelspec is passed over", async () => {
    const broken = { "bad name!": r, noargv: { argv: [] }, nojson: "{", list: "[]", ir: r };
    const error = await refused({ ...seeing(broken), requested: "nojson" });
    assert.match(error.message, /ir \(R\)/);
    assert.doesNotMatch(error.message, /noargv|list|bad name/);
  });

  test("one that is missing gives way to one of its language, and that is said", async () => {
    const said: string[] = [];
    const options = { ...seeing({ other: python, python3: python, ir: r }), warn: (text: string) => said.push(text) };
    const kernelspec = { name: "conda-env-mine-py", language: "python" };
    assert.equal((await resolveKernel({ ...options, metadata: { kernelspec } })).name, "python3");
    const languageInfo = { kernelspec: { name: "R-4.1" }, language_info: { name: "R" } };
    assert.equal((await resolveKernel({ ...options, metadata: languageInfo })).name, "ir");
    assert.equal(said.length, 2);
    assert.match(said[0] ?? "", /conda-env-mine-py.*python3/);
  });

  test("the same display name comes first among those of its language", async () => {
    const options = seeing({ a: python, b: { ...python, display_name: "Mine" }, python3: python });
    const kernelspec = { name: "gone", display_name: "Mine", language: "python" };
    assert.equal((await resolveKernel({ ...options, metadata: { kernelspec } })).name, "b");
  });

  test("a notebook without kernelspec is run by its language's kernel, and nothing is said", async () => {
    const options = { ...seeing({ python3: python, ir: r }), warn: assert.fail };
    assert.equal((await resolveKernel({ ...options, metadata: { language_info: { name: "R" } } })).name, "ir");
  });

  for (const [why, options] of Object.entries({
    "it was asked for by name": { requested: "gone" },
    "nothing tells its language": { metadata: { kernelspec: { name: "gone" } } },
    "Python 2 is another language": { metadata: { kernelspec: { name: "python2", language: "python" } } },
    "none has its language": { metadata: { kernelspec: { name: "julia-1.9", language: "julia" } } },
  }))
    test(`one that is missing is an error that lists the others: ${why}`, async () => {
      const error = await refused({ ...seeing({ python3: python, ir: r }), ...options });
      assert.equal(error.exitCode, 78);
      assert.match(error.message, /python3 \(python\)/);
      assert.match(error.message, /ir \(R\)/);
    });

  test("without any Python kernel it says what to install", async () => {
    const error = await refused({ ...seeing({ ir: r }), metadata: { kernelspec: { name: "python3" } } });
    assert.match(error.remedy ?? "", /pip install ipykernel/);
  });

  test("a Python that can import ipykernel is a kernel without kernel.json", async () => {
    const options = seeing({}, 'printf "/some/prefix\\n/some/prefix/bin/python\\nTrue\\n"');
    const found = await resolveKernel(options);
    assert.deepEqual(found.argv, ["/some/prefix/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]);
  });

  test("Python is asked for its prefix where its path does not tell it", async () => {
    const prefix = prefixWith({ mine: python });
    const options = seeing({}, `printf "${prefix}\\n${prefix}/bin/python\\nFalse\\n"`);
    assert.equal((await resolveKernel({ ...options, requested: "mine" })).name, "mine");
  });

  test("no Python is started where a kernel.json is found", async () => {
    const options = seeing({ python3: python }, 'touch "$HOME.started"');
    await resolveKernel(options);
    assert.throws(() => rmSync(`${options.env.HOME}.started`));
  });

  test("a kernel that somebody else has to start is refused", async () => {
    const metadata = { kernel_provisioner: { provisioner_name: "slurm-provisioner" } };
    const error = await refused({ ...seeing({ far: { ...r, metadata } }), requested: "far" });
    assert.match(error.message, /slurm-provisioner/);
    assert.match(error.location ?? "", /far\/kernel\.json$/);
  });
});

await suite("the command of a kernel", () => {
  const bare: KernelChoice = {
    name: "k",
    displayName: "K",
    language: "k",
    argv: [],
    env: {},
    interruptMode: "signal",
    metadata: {},
    folder: "/p/share/jupyter/kernels/k",
    prefixes: [],
  };
  const options = { connectionFile: "/tmp/c.json", env: { HOME: "/home/me", PATH: "" }, cwd: "/work", parent: 7 };

  test("has its templates filled in", () => {
    const argv = ["/bin/k", "{connection_file}", "{resource_dir}/logo", "--root={prefix}", "{other}", "~/x", "a~/b"];
    assert.deepEqual(kernelCommand({ ...bare, argv }, options).argv.slice(1), [
      "/tmp/c.json",
      "/p/share/jupyter/kernels/k/logo",
      "--root=/p",
      "{other}",
      "/home/me/x",
      "a~/b",
    ]);
  });

  test("finds a bare python in the environment of its kernelspec", async () => {
    const { env, prefixes } = seeing({ python3: python }, "exit 0");
    const found = await resolveKernel({ env, prefixes });
    assert.equal(kernelCommand(found, { ...options, env }).argv[0], join(prefixes[0] ?? "", "bin", "python3"));
  });

  test("runs IPython's kernel without a history file", () => {
    const { argv } = kernelCommand({ ...bare, argv: python.argv, language: "python" }, options);
    assert.equal(argv.at(-1), "--HistoryManager.hist_file=:memory:");
    const own = [...python.argv, "--HistoryManager.enabled=False"];
    assert.equal(kernelCommand({ ...bare, argv: own }, options).argv.at(-1), own.at(-1));
  });

  test("has its variables filled in from the environment, and knows its parent", () => {
    const env = { A: "${HOME}/a", B: "$HOME-$NONE-$$HOME", PATH: "/first:${PATH}" };
    const environment = { ...options.env, PATH: "/rest", PYTHONEXECUTABLE: "/x" };
    const command = kernelCommand({ ...bare, argv: ["/k"], env, language: "python" }, { ...options, env: environment });
    assert.deepEqual(command.env, {
      HOME: "/home/me",
      PATH: "/first:/rest",
      A: "/home/me/a",
      B: "/home/me-$NONE-$HOME",
      JPY_PARENT_PID: "7",
    });
  });
});
