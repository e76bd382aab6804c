import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, realpath, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";
import {
  openArtifact,
  openFolder,
  runArtifact,
  type OpenArtifactOptions,
  type OpenedArtifact,
} from "../../src/artifact/index.ts";
import { parseRuntimeFile } from "../../src/artifact/runtime-file.ts";
import { watchedEnvironment } from "../process/left-behind.ts";
import { folder, makeArchive, type ArchiveEntry, type ArchiveFormat } from "./make-archive.ts";

const python = (text: string): Pick<ArchiveEntry, "data"> => ({ data: `${text}\n` });

async function open(
  t: TestContext,
  entries: readonly ArchiveEntry[],
  options: Partial<OpenArtifactOptions> = {},
  format: ArchiveFormat = "zip",
): Promise<OpenedArtifact & { readonly into: string }> {
  const path = await makeArchive(t, format, entries);
  const into = join(await folder(t), "work");
  const opened = await openArtifact({ path, name: basename(path), into, env: watchedEnvironment(t), ...options });
  return { ...opened, into };
}

/** Opens, runs, and gives back what it printed. */
async function output(t: TestContext, opened: OpenedArtifact, args: readonly string[] = []): Promise<string> {
  let said = "";
  const result = await runArtifact({
    path: opened.path,
    ...(opened.mainClass === undefined ? {} : { mainClass: opened.mainClass }),
    arguments: args,
    cwd: opened.cwd ?? (await folder(t)),
    env: opened.env,
    onOutput: (_, chunk) => {
      said += Buffer.from(chunk).toString();
    },
  });
  assert.equal(result.exitCode, 0, said);
  return said;
}

test("finds the entrypoint in both layouts, however it is named", async (t) => {
  const inside = [
    { name: "entry.py", ...python("import lib.tool") },
    { name: "lib/tool.py", ...python("print('tool')") },
  ];
  const outside = inside.map((entry) => ({ ...entry, name: `project/${entry.name}` }));
  const noise = [
    { name: "__MACOSX/._entry.py", data: "x" },
    { name: ".DS_Store", data: "x" },
  ];
  for (const entries of [inside, outside, [...inside, ...noise], [...outside, ...noise]])
    for (const entrypoint of ["entry.py", "project/entry.py", "./entry.py", undefined])
      for (const format of ["zip", "tar:gz"] as const)
        assert.equal(await output(t, await open(t, entries, { entrypoint }, format)), "tool\n");
});

test("finds a single obvious entry and lists what there is otherwise", async (t) => {
  const obvious: readonly (readonly [string, readonly string[]])[] = [
    ["train.py", ["train.py", "README.md", "requirements.txt", "setup.py", "test_train.py", "data/other.py"]],
    ["main.py", ["main.py", "model.py", "prepare.sh"]],
    ["run.sh", ["run.sh", "a.py", "b.py"]],
    ["analysis.ipynb", ["analysis.ipynb", "data.csv"]],
  ];
  for (const [wanted, names] of obvious) {
    const opened = await open(
      t,
      names.map((name) => ({ name, data: "pass\n" })),
    );
    assert.equal(basename(opened.path), wanted);
    assert.equal(opened.kind, wanted.endsWith(".ipynb") ? "notebook" : "program");
  }
  const wrong: readonly (readonly string[])[] = [
    ["a.py", "b.py"],
    ["main.py", "main.sh"],
    ["README.md"],
    ["deep/er/main.py"],
    [],
  ];
  for (const names of wrong)
    await assert.rejects(
      open(
        t,
        names.map((name) => ({ name, data: "pass\n" })),
      ),
      (error) => {
        // Every failure of ours has these two.
        const { reason, remedy } = error as { reason: string; remedy: string };
        return (
          reason === "not-found" &&
          names.filter((name) => /^[a-z]+\.(py|sh)$/.test(name)).every((name) => remedy.includes(name))
        );
      },
    );
  const script = await open(t, [{ name: "job", data: "#!/bin/sh\necho job\n", mode: 0o755 }]);
  assert.equal(await output(t, script), "job\n");
});

test("an entrypoint is not found outside, and a folder runs by its __main__", async (t) => {
  const entries = [
    { name: "app/__main__.py", ...python("print('app')") },
    { name: "x.txt", data: "" },
  ];
  assert.equal(await output(t, await open(t, entries, { entrypoint: "app" })), "app\n");
  await assert.rejects(open(t, entries, { entrypoint: "gone.py" }), { reason: "not-found" });
  await assert.rejects(open(t, entries, { entrypoint: "../evil.py" }), { reason: "invalid-job-file" });
  await assert.rejects(open(t, entries, { entrypoint: "/etc/passwd" }), { reason: "invalid-job-file" });
});

test("works in the archive's root, or the folder that is named, and imports from pythonPath", async (t) => {
  const entries = [
    { name: "project/src/main.py", ...python("import os, helper; print(helper.name, os.path.basename(os.getcwd()))") },
    { name: "project/lib/helper.py", ...python("name = 'helper'") },
    { name: "project/data/x", data: "" },
  ];
  const options = { entrypoint: "src/main.py", pythonPath: ["lib"] };
  const root = await open(t, entries, options);
  assert.equal(root.cwd, root.into);
  assert.equal(await output(t, root), `helper ${basename(root.into)}\n`);
  assert.equal(
    await output(t, await open(t, entries, { ...options, workingDirectory: "project/data" })),
    "helper data\n",
  );
  assert.equal(await output(t, await open(t, entries, { ...options, workingDirectory: "data" })), "helper data\n");
  await assert.rejects(open(t, entries, { ...options, workingDirectory: "gone" }), { reason: "not-found" });
  await assert.rejects(open(t, entries, { ...options, pythonPath: ["../lib"] }), { reason: "invalid-job-file" });
});

test("reads the archive's runtime file behind the job's own variables", async (t) => {
  const entries = [
    { name: "jobruntime.yaml", data: "CONDA_ENV_SLUG: pack\nJOB_RUN_ENTRYPOINT: b.py\nKEY1: 007\nKEY2: yes\n" },
    { name: "a.py", ...python("print('a')") },
    { name: "b.py", ...python("import os; print(os.environ['KEY1'], os.environ['KEY2'])") },
  ];
  const opened = await open(t, entries, { env: { ...watchedEnvironment(t), KEY2: "mine" } });
  assert.deepEqual(opened.variables, { CONDA_ENV_SLUG: "pack", JOB_RUN_ENTRYPOINT: "b.py", KEY1: "007", KEY2: "yes" });
  assert.equal(await output(t, opened), "007 mine\n");
  assert.equal(await output(t, await open(t, entries, { entrypoint: "a.py" })), "a\n");
  const other = [
    { name: "runtime.yaml", data: "model: {deployment: [1]}\n" },
    { name: "a.py", ...python("print('a')") },
  ];
  assert.deepEqual((await open(t, other)).variables, {});
  for (const text of ["- a", "A: [1]", "A: {b: c}", "A: 1\nA: 2", "not-a-name: 1", "text", "A: 'x", "x: &a [*a]"])
    assert.throws(() => parseRuntimeFile(text, "here"), { reason: "invalid-work", location: "here" }, text);
  assert.deepEqual(parseRuntimeFile("# nothing\n\n", "here"), {});
});

test("opens a folder that was unpacked before, and single files", async (t) => {
  const root = await folder(t);
  await mkdir(join(root, "decompressed_artifact"));
  const unpacked = join(root, "decompressed_artifact");
  await writeFile(join(unpacked, "main.py"), "print('was unpacked')\n");
  const env = watchedEnvironment(t);
  assert.equal(await output(t, await openFolder({ path: unpacked, name: "the artifact", env })), "was unpacked\n");
  const path = join(unpacked, "main.py");
  const into = join(root, "unused");
  const file = await openArtifact({ path, name: "main.py", into, env });
  assert.deepEqual([file.kind, file.path, file.cwd], ["program", path, undefined]);
  await assert.rejects(openArtifact({ path, name: "main.py", into, env, entrypoint: "x.py" }), {
    reason: "invalid-job-file",
  });
});

test("runs Java: a jar, a class of a jar, a project of jars and classes", async (t) => {
  if (spawnSync("javac", ["-version"]).error !== undefined) {
    t.skip("there is no JDK on PATH");
    return;
  }
  const place = await realpath(await folder(t));
  const java = (...command: readonly [string, ...string[]]): void => {
    const { status, stderr } = spawnSync(command[0], command.slice(1), { cwd: place, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  await mkdir(join(place, "com/example"), { recursive: true });
  const source = (name: string, body: string): string =>
    `package com.example; public class ${name} { public static void main(String[] a) { ${body} } public static String s() { return "lib"; } }`;
  await writeFile(join(place, "com/example/Lib.java"), source("Lib", 'System.out.println("Lib");'));
  await writeFile(
    join(place, "com/example/Main.java"),
    source("Main", 'System.out.println(Lib.s() + " " + a.length);'),
  );
  java("javac", "-d", "classes", "com/example/Lib.java", "com/example/Main.java");
  java("jar", "--create", "--file", "all.jar", "--main-class", "com.example.Main", "-C", "classes", ".");
  const env = watchedEnvironment(t);
  const jar = { path: join(place, "all.jar"), name: "all.jar", into: join(place, "unused"), env };
  assert.equal(await output(t, await openArtifact(jar), ["x", "y"]), "lib 2\n");
  assert.equal(await output(t, await openArtifact({ ...jar, entrypoint: "com.example.Lib" })), "Lib\n");

  await mkdir(join(place, "project/lib"), { recursive: true });
  java("jar", "--create", "--file", "project/lib/lib.jar", "-C", "classes", "com/example/Lib.class");
  await mkdir(join(place, "project/bin/com/example"), { recursive: true });
  await rename(join(place, "classes/com/example/Main.class"), join(place, "project/bin/com/example/Main.class"));
  const project = await openFolder({
    path: join(place, "project"),
    name: "project",
    entrypoint: "com.example.Main",
    env,
  });
  assert.equal(await output(t, project, ["x"]), "lib 1\n");
});
