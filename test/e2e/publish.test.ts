/** What the work wrote is what the output folder holds, whatever a file is called and however it was written. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { RunRecord } from "../../src/run/record.ts";
import { startCloud, type Cloud } from "../cloud/cloud.ts";
import { folder, json, run, start } from "../support/program.ts";

const at = (cloud: Cloud, object: string) => `oci://bucket@${cloud.namespace}/${object}`;
const text = async (cloud: Cloud, name: string) => (await cloud.storage.bytes("bucket", name)).toString();

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    assert.ok(tries < 1500, `never: ${String(holds)}`);
    await wait(20);
  }
}

/** Work that writes `old`, waits until the file `go` is there, and writes `new` over it. */
const mapped = `
import mmap, os, sys, time
with open("map.bin", "wb") as file: file.write(b"." * 8192)
file = open("map.bin", "r+b")
memory = mmap.mmap(file.fileno(), 0)
memory[0:3] = b"old"
while not os.path.exists(os.environ["GO"]): time.sleep(0.02)
memory[0:3] = b"new"
`;

test("bytes written through a memory map after a checkpoint are published, although the file's time stayed", async (t) => {
  await using cloud = await startCloud();
  const dir = await folder(t, { "map.py": mapped });
  const there: readonly [string, () => Promise<string>][] = [
    [at(cloud, "out/"), () => text(cloud, "out/map.bin")],
    [join(dir, "out"), () => readFile(join(dir, "out/map.bin"), "utf8")],
  ];
  for (const [index, [outputs, content]] of there.entries()) {
    const go = join(dir, `go-${index}`);
    const { ended } = start(["map.py", "--output-folder", outputs, "--set", "checkpoint=100ms"], {
      cwd: dir,
      env: { ...cloud.env, GO: go },
    });
    await until(async () => (await content().catch(() => "")).startsWith("old"));
    await writeFile(go, "");
    assert.equal((await ended).code, 0);
    assert.equal((await content()).slice(0, 3), "new");
  }
});

test("what was deleted from the output folder, or replaced there, after a checkpoint is published again", async (t) => {
  await using cloud = await startCloud();
  const dir = await folder(t, {
    "w.sh": 'for each in gone other kept; do echo mine > $each; done; until [ -e "$GO" ]; do sleep 0.05; done\n',
  });
  const go = join(dir, "go");
  const { ended } = start(["w.sh", "--output-folder", at(cloud, "out/"), "--set", "checkpoint=100ms"], {
    cwd: dir,
    env: { ...cloud.env, GO: go },
  });
  const outputs = async (): Promise<number> => {
    const record = JSON.parse(await text(cloud, "out/run.json").catch(() => "{}")) as Partial<RunRecord>;
    return record.outputs?.length ?? 0;
  };
  await until(async () => (await outputs()) === 3);
  await cloud.storage.delete("bucket", "out/gone");
  await cloud.storage.putBytes("bucket", "out/other", Buffer.from("hers\n"));
  await writeFile(go, "");
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  for (const name of ["gone", "other", "kept"]) assert.equal(await text(cloud, `out/${name}`), "mine\n");
  assert.equal(cloud.requests.count({ operation: "PutObject", path: /kept/ }), 1);
});

test("the work's files with nbjob's own names push no other one aside", async (t) => {
  const dir = await folder(t, { "make.sh": "echo first > run.json; echo second > work-run.json\n" });
  const { code, stderr } = await run(["make.sh", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 0, stderr);
  assert.equal(await readFile(join(dir, "out/work-work-run.json"), "utf8"), "first\n");
  assert.equal(await readFile(join(dir, "out/work-run.json"), "utf8"), "second\n");
  const { outputs } = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual(outputs.map(({ path }) => path).toSorted(), ["work-run.json", "work-work-run.json"]);
});

test("a folder whose name is not UTF-8 is told as lost, with what is in it", async (t) => {
  const dir = await folder(t, {
    "make.sh": "mkdir $'d\\xff' && echo inside > $'d\\xff/in.txt'; ln -s make.sh $'l\\xff'\n",
  });
  const { code, stderr } = await run(["make.sh", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 74, stderr);
  assert.match(stderr, /Not published: d\ufffd: its name is not UTF-8/);
  assert.match(stderr, /Not published: l\ufffd: its name is not UTF-8/);
});

test("a checkpoint's request that the service carries out late takes the place of nothing that came after it", async (t) => {
  await using cloud = await startCloud();
  const dir = await folder(t, {
    "w.sh": 'echo old > state.txt; until [ -e "$GO" ]; do sleep 0.05; done; echo new > state.txt\n',
  });
  const go = join(dir, "go");
  cloud.faults.add({ kind: "late", milliseconds: 1500, match: { operation: "PutObject", path: "state" } });
  const { ended } = start(["w.sh", "--output-folder", at(cloud, "out/"), "--set", "checkpoint=100ms"], {
    cwd: dir,
    env: { ...cloud.env, GO: go },
  });
  await until(() => cloud.faults.hits === 1);
  await writeFile(go, "");
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  await until(() => cloud.requests.count({ operation: "PutObject", path: /state/ }) === 2);
  assert.equal(await text(cloud, "out/state.txt"), "new\n");
});

test("outputs are found by folders of any name, by names that look like patterns, and in any Unicode form", async (t) => {
  const dir = await folder(t, {
    "make.sh": "mkdir -p model/deep other; touch model/.state model/deep/x other/y 'a[1].csv' $'cafe\\u0301' z\n",
    "job.json": JSON.stringify({
      artifact: "make.sh",
      outputFolder: "out/",
      outputs: ["m*/", "a[1].csv", "caf\u00e9", "none/"],
    }),
  });
  const { code, stderr } = await run(["job.json"], { cwd: dir });
  assert.equal(code, 0, stderr);
  const { outputs } = await json<RunRecord>(join(dir, "out/run.json"));
  const names = outputs.map(({ path }) => path).toSorted();
  assert.deepEqual(names, ["a[1].csv", "cafe\u0301", "model/.state", "model/deep/x"]);
  assert.match(stderr, /nothing matches "none\/"/);
});

test("a run that is cancelled while its first record is written leaves none that says it runs", async (t) => {
  await using cloud = await startCloud();
  const dir = await folder(t, { "w.sh": "echo ran\n" });
  cloud.faults.add({ kind: "late", milliseconds: 700, match: { operation: "PutObject" } });
  const { child, ended } = start(["w.sh", "--output-folder", at(cloud, "out/")], { cwd: dir, env: cloud.env });
  await until(() => cloud.faults.hits === 1);
  child.kill("SIGTERM");
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 143, stderr);
  assert.doesNotMatch(stdout, /ran/);
  await until(() => cloud.requests.count({ operation: "PutObject" }) === 2);
  const record = JSON.parse(await text(cloud, "out/run.json")) as RunRecord;
  assert.deepEqual([record.status, record.exitCode, record.complete], ["canceled", 143, true]);
});

test("times longer than a timer holds are as long as it holds, not nothing", async (t) => {
  const dir = await folder(t, {
    "w.sh": "trap 'sleep 0.3; echo saved > saved.txt; exit 3' TERM\necho up; sleep 60 & wait\n",
  });
  const long = ["--set", "gracePeriod=30d", "--set", "checkpoint=60d"];
  const { child, ended, printed } = start(["w.sh", "--output-folder", "out", "--debug", ...long], { cwd: dir });
  await printed("up");
  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  assert.equal(code, 143, stderr);
  assert.equal(await readFile(join(dir, "out/saved.txt"), "utf8"), "saved\n");
  assert.doesNotMatch(stderr, /Checkpoint: /);
});

test("a file that becomes a folder between checkpoints, and a folder that becomes a file, are published as they end", async (t) => {
  const dir = await folder(t, {
    "w.sh": [
      "echo file > model; mkdir -p state/deep; echo in > state/deep/x",
      'until [ -e "$GO" ]; do sleep 0.05; done',
      "rm -r model state; mkdir model; echo in > model/x; echo file > state",
      "",
    ].join("\n"),
  });
  const go = join(dir, "go");
  const { ended } = start(["w.sh", "--output-folder", "out", "--set", "checkpoint=100ms"], {
    cwd: dir,
    env: { GO: go },
  });
  const there = (name: string): Promise<string> => readFile(join(dir, "out", name), "utf8").catch(() => "");
  await until(async () => (await there("model")) !== "" && (await there("state/deep/x")) !== "");
  await writeFile(go, "");
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  assert.deepEqual([await there("model/x"), await there("state")], ["in\n", "file\n"]);
});
