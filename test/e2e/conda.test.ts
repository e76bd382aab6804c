/** Conda packs through the built program: real ones, made by conda-pack. */
import assert from "node:assert/strict";
import { copyFile, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { makeArchive } from "../artifact/make-archive.ts";
import { startCloud } from "../cloud/cloud.ts";
import { folder, notebook, run } from "../support/program.ts";
import { condaPack } from "../support/pack.ts";
import { VenvError } from "../support/venv.ts";

let packs: { readonly bare: string; readonly kernel: string } | undefined;
let missing = "";

before(async () => {
  try {
    packs = { bare: await condaPack("bare", []), kernel: await condaPack("kernel", ["ipykernel==6.31.0"]) };
  } catch (error) {
    if (!(error instanceof VenvError) || error.excuse === undefined) throw error;
    missing = "no package index is reachable, and packs are made of its packages";
  }
});

const look = `import os, sys, subprocess
print("prefix", sys.prefix)
print("mended", subprocess.run(["where-am-i"], capture_output=True, text=True).stdout.strip())
print("data", os.environ["PACK_DATA"], repr(os.environ["PACK_QUOTED"]))
print("conda", os.environ["CONDA_PREFIX"], os.environ.get("VIRTUAL_ENV"))
`;

/** Where the work ran, by what `look` printed; all of it must say the same place. */
function prefixOf(stdout: string): string {
  const [, prefix = ""] = /^prefix (.*)$/m.exec(stdout) ?? [];
  assert.match(stdout, new RegExp(`^mended ${prefix}$`, "m"));
  assert.match(stdout, new RegExp(`^data ${prefix}/share/data 'two\\\\nlines'$`, "m"));
  assert.match(stdout, new RegExp(`^conda ${prefix} None$`, "m"));
  return prefix;
}

test("a published pack is fetched once, and notebooks and scripts run in it", async (t) => {
  if (packs === undefined) return t.skip(missing);
  await using cloud = await startCloud();
  await cloud.storage.putBytes("bucket", "envs/pack_p311_v1", await readFile(packs.kernel), {});
  const dir = await folder(t, { "n.ipynb": notebook([look]), "look.py": look });
  const conda = `environment.conda=oci://bucket@${cloud.namespace}/envs/pack_p311_v1`;
  const env = { ...cloud.env, NBJOB_CACHE: join(dir, "cache"), VIRTUAL_ENV: "/nowhere" };
  const first = await run(["n.ipynb", "--set", conda, "--output-folder", "out1"], { cwd: dir, env });
  assert.equal(first.code, 0, first.stderr);
  const prefix = prefixOf(first.stdout);
  assert.ok(prefix.startsWith(join(dir, "cache")), prefix);

  const published = {
    CONDA_ENV_TYPE: "published",
    CONDA_ENV_BUCKET: "bucket",
    CONDA_ENV_NAMESPACE: cloud.namespace,
    CONDA_ENV_OBJECT_NAME: "envs/pack_p311_v1",
    CONDA_ENV_REGION: cloud.region,
  };
  const second = await run(["look.py", "--output-folder", "out2"], { cwd: dir, env: { ...env, ...published } });
  assert.equal(second.code, 0, second.stderr);
  assert.equal(prefixOf(second.stdout), prefix);
  assert.equal(cloud.requests.count({ operation: "GetObject", status: 200 }), 1);

  // Another object under the same name is another pack.
  await cloud.storage.putBytes("bucket", "envs/pack_p311_v1", await readFile(packs.bare), {});
  const third = await run(["look.py", "--output-folder", "out3"], { cwd: dir, env: { ...env, ...published } });
  assert.equal(third.code, 0, third.stderr);
  assert.notEqual(prefixOf(third.stdout), prefix);
});

test("a pack without ipykernel runs scripts, and says what a notebook lacks", async (t) => {
  if (packs === undefined) return t.skip(missing);
  const dir = await folder(t, { "n.ipynb": notebook([look]), "look.py": look });
  await copyFile(packs.bare, join(dir, "pack.tar.gz"));
  const env = { XDG_CACHE_HOME: join(dir, "xdg") };
  const words = ["--set", "environment.conda=pack.tar.gz", "--output-folder", "out"];
  const script = await run(["look.py", ...words], { cwd: dir, env });
  assert.equal(script.code, 0, script.stderr);
  assert.ok(prefixOf(script.stdout).startsWith(join(dir, "xdg/nbjob")));
  const failed = await run(["n.ipynb", ...words], { cwd: dir, env });
  assert.equal(failed.code, 78, failed.stderr);
  assert.match(failed.stderr, /pack\.tar\.gz has no ipykernel/);
  assert.match(failed.stderr, /conda install ipykernel/);
  assert.doesNotMatch(failed.stdout, /prefix/);
});

test("runs that make one environment at once do not disturb each other", async (t) => {
  if (packs === undefined) return t.skip(missing);
  const dir = await folder(t, { "look.py": look });
  await copyFile(packs.bare, join(dir, "pack.tar.gz"));
  const env = { NBJOB_CACHE: join(dir, "cache") };
  const runs = [1, 2, 3].map((number) =>
    run(["look.py", "--set", "environment.conda=pack.tar.gz", "--output-folder", `out${number}`], { cwd: dir, env }),
  );
  const ended = await Promise.all(runs);
  for (const { code, stdout, stderr } of ended) {
    assert.equal(code, 0, stderr);
    prefixOf(stdout);
  }
  // One environment and the link that names it.
  assert.equal((await readdir(join(dir, "cache/packs"))).length, 2);
});

test("a service pack is found by its slug, in the index that Data Science publishes", async (t) => {
  if (packs === undefined) return t.skip(missing);
  await using cloud = await startCloud({ buckets: ["bucket", "service-conda-packs"], namespace: "id19sfcrra6z" });
  const object = "service_pack/cpu/Tools/1.0/toolsv1";
  const index = {
    service_packs: [{ slug: "tools_p311_cpu_v1", pack_path: `oci://other@elsewhere/${object}`, python: "3.11" }],
  };
  await cloud.storage.putBytes("service-conda-packs", object, await readFile(packs.bare), {});
  await cloud.storage.putBytes(
    "service-conda-packs",
    "service_pack/index.json",
    Buffer.from(JSON.stringify(index)),
    {},
  );
  const dir = await folder(t, { "look.py": look });
  const env = { ...cloud.env, NBJOB_CACHE: join(dir, "cache") };
  const service = { CONDA_ENV_TYPE: "service", CONDA_ENV_SLUG: "tools_p311_cpu_v1" };
  const { code, stdout, stderr } = await run(["look.py", "--output-folder", "out"], {
    cwd: dir,
    env: { ...env, ...service },
  });
  assert.equal(code, 0, stderr);
  prefixOf(stdout);
  const wrong = await run(["look.py", "--set", "environment.conda=tools_p38_cpu_v9", "--output-folder", "out"], {
    cwd: dir,
    env,
  });
  assert.equal(wrong.code, 66, wrong.stderr);
  assert.match(wrong.stderr, /no conda pack tools_p38_cpu_v9[\s\S]*tools_p311_cpu_v1/);
});

test("what is no pack is refused, together with what else is wrong", async (t) => {
  const hostile = await makeArchive(t, "tar:gz", [{ name: "bin/../../evil", data: "x" }]);
  const empty = await makeArchive(t, "tar:gz", [{ name: "notes.txt", data: "x" }]);
  const broken = await makeArchive(t, "tar:gz", [
    { name: "bin/conda-unpack", data: "#!/bin/sh\necho the reason >&2\nexit 9\n", mode: 0o755 },
  ]);
  const dir = await folder(t, { "a.sh": "echo ran\n" });
  const env = { NBJOB_CACHE: join(dir, "cache") };
  for (const [pack, why] of [
    [hostile, /evil/],
    [empty, /no folder bin[\s\S]*conda pack/],
    [broken, /the reason/],
    ["nowhere.tar.gz", /nowhere\.tar\.gz/],
  ] as const) {
    const words = ["--set", `environment.conda=${pack}`, "--set", "inputs.a=missing.csv", "--output-folder", "out"];
    const { stdout, stderr } = await run(["a.sh", ...words], { cwd: dir, env });
    assert.match(stderr, why);
    assert.match(stderr, /missing\.csv/);
    assert.doesNotMatch(stdout, /ran/);
    assert.doesNotMatch(stderr, /bug in nbjob/);
  }
  assert.deepEqual(await readdir(join(dir, "cache/packs")), []);
});

test("requirements are added to a pack: its kernel and its programs see both", async (t) => {
  if (packs === undefined) return t.skip(missing);
  const look =
    "import ipykernel, nbjob_added, sys\nprint(nbjob_added.text, sys.prefix != sys.base_prefix, ipykernel.__file__)\n";
  const info = "nbjob_added-1.0.dist-info";
  const wheel = await makeArchive(
    t,
    "zip",
    [
      { name: "nbjob_added.py", data: "text = 'added'\n" },
      { name: `${info}/METADATA`, data: "Metadata-Version: 2.1\nName: nbjob-added\nVersion: 1.0\n" },
      { name: `${info}/WHEEL`, data: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n" },
      { name: `${info}/RECORD`, data: `nbjob_added.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n` },
    ],
    "nbjob_added-1.0-py3-none-any.whl",
  );
  const dir = await folder(t, {
    "n.ipynb": notebook([look]),
    "look.py": look,
    "requirements.txt": `--no-index\n--find-links ${dirname(wheel)}\nnbjob-added==1.0\n`,
  });
  await copyFile(packs.kernel, join(dir, "pack.tar.gz"));
  const settings = ["environment.conda=./pack.tar.gz", "environment.requirements=requirements.txt"];
  for (const work of ["n.ipynb", "look.py"]) {
    const { code, stdout, stderr } = await run(
      [work, ...settings.flatMap((setting) => ["--set", setting]), "--output-folder", `out-${work}`],
      { cwd: dir, env: { NBJOB_CACHE: join(dir, "cache") } },
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^added True ${join(dir, "cache")}/packs/`, "m"));
  }
});
