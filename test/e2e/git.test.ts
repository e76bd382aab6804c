/** Work in a Git repository: a job file's `git`, and ADS's GitPythonRuntime by its variables. Real git, on real repositories. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import type { RunRecord } from "../../src/run/record.ts";
import { startCloud } from "../cloud/cloud.ts";
import { folder, json, notebook, plainEnvironment, run } from "../support/program.ts";

const exec = promisify(execFile);

async function git(cwd: string, ...words: string[]): Promise<string> {
  const env = plainEnvironment({ GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" });
  const { stdout } = await exec("git", ["-c", "user.name=n", "-c", "user.email=n@example.com", ...words], { cwd, env });
  return stdout.trim();
}

const train = `import os, sys, lib
def main(first, rate=None):
    print("called", first, rate, lib.x, os.path.basename(os.getcwd()), os.path.isdir(os.environ.get("CODE_DIR", "")))
    print("key", os.path.exists(open(os.environ["KEY_PATH"]).read().strip()))
    os.makedirs("results/deep", exist_ok=True)
    open("results/deep/model.bin", "w").write("m")
    raise SystemExit(4)
if __name__ == "__main__":
    print("ran", sys.argv[1:], lib.x)
    open("made.txt", "w").write("made")
    os.system("git add -A")
`;

/** A repository with three commits: lib.x is 1, then 2 on main, then 3 on the branch dev. Undefined without git. */
async function repository(t: TestContext): Promise<{ path: string; first: string; main: string } | undefined> {
  const path = await folder(t, {
    "project/train.py": train,
    "project/n.ipynb": notebook(["import sys; sys.path.append('..'); import lib\nprint('notebook', lib.x)\n1/0"]),
    "lib.py": "x = 1\n",
  });
  try {
    await git(path, "init", "-q", "-b", "main");
  } catch {
    t.skip("there is no git here");
    return undefined;
  }
  const commit = async (): Promise<string> => {
    await git(path, "add", "-A");
    await git(path, "commit", "-q", "-m", "a commit");
    return git(path, "rev-parse", "HEAD");
  };
  const first = await commit();
  await writeFile(join(path, "lib.py"), "x = 2\n");
  const main = await commit();
  await git(path, "checkout", "-q", "-b", "dev");
  await writeFile(join(path, "lib.py"), "x = 3\n");
  await commit();
  await git(path, "checkout", "-q", "main");
  return { path, first, main };
}

test("a job file's repository: its own branch, another one, a commit before both; what ran is in run.json", async (t) => {
  const origin = await repository(t);
  if (origin === undefined) return;
  const dir = await folder(t, {
    "job.yaml": `git: {url: ${origin.path}}\nentrypoint: project/train.py\npythonPath: [.]\narguments: [a b]\noutputFolder: out\n`,
  });
  const plain = await run(["job.yaml"], { cwd: dir });
  assert.equal(plain.code, 0, plain.stderr);
  assert.match(plain.stdout, /ran \['a b'\] 2/);
  const { work, outputs } = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual(work, {
    kind: "repository",
    location: origin.path,
    sha256: null,
    etag: null,
    commit: origin.main,
  });
  // The repository's own files are none of the work's, though its git wrote there.
  assert.deepEqual(
    outputs.map(({ path }) => path),
    ["made.txt"],
  );
  const dev = await run(["job.yaml", "--set", "git.branch=dev"], { cwd: dir });
  assert.match(dev.stdout, /ran \['a b'\] 3/);
  const both = await run(["job.yaml", "--set", "git.branch=dev", "--set", `git.commit=${origin.first}`], { cwd: dir });
  assert.match(both.stdout, /ran \['a b'\] 1/);
  const checked = await run(["check", "job.yaml", "--offline"], { cwd: dir });
  assert.match(checked.stdout, new RegExp(`ok +work .*train.py, commit ${origin.main}`));
});

test("ADS's GitPythonRuntime: key from the vault, commit over branch, function, working directory, outputs published", async (t) => {
  const origin = await repository(t);
  if (origin === undefined) return;
  const cloud = await startCloud();
  t.after(() => cloud.close());
  const id = cloud.secrets.put("git-key", "-----BEGIN KEY-----\nthe key\n-----END KEY-----");
  // An ssh that lets in whoever holds the key, and runs here what it is asked to run there.
  const dir = await folder(t, {
    "bin/ssh": `#!/bin/sh
for word in "$@"; do [ "$before" = -i ] && key=$word; before=$word last=$word; done
grep -q 'the key' "$key" && [ "$(stat -c %a "$key")" = 600 ] || { echo 'git@host: Permission denied (publickey).' >&2; exit 255; }
echo "$key" > \${0%/bin/ssh}/key-path
exec sh -c "$last"
`,
    "home/decompressed_artifact/driver_oci.py": "raise SystemExit('the driver of ADS ran')\n",
  });
  await chmod(join(dir, "bin/ssh"), 0o755);
  const env = {
    ...cloud.env,
    PATH: `${join(dir, "bin")}:${plainEnvironment()["PATH"]}`,
    NBJOB_DATASCIENCE_HOME: join(dir, "home"),
    JOB_RUN_OCID: "ocid1.datasciencejobrun.oc1.iad.run1",
    JOB_ARTIFACT_FILE_NAME: "ads_driver.zip",
    JOB_RUN_ENTRYPOINT: "driver_oci.py",
    SKIP_METADATA_UPDATE: "1",
    GIT_URL: `git@host:${origin.path}`,
    GIT_BRANCH: "dev",
    GIT_COMMIT: origin.first,
    GIT_SECRET_OCID: id,
    GIT_ENTRYPOINT: "project/train.py",
    CODE_DIR: join(dir, "code"),
    KEY_PATH: join(dir, "key-path"),
    ENTRY_FUNCTION: "main",
    WORKING_DIR: "project",
    PYTHON_PATH: "..",
    OUTPUT_DIR: join(dir, "code/project/results"),
    OUTPUT_URI: `oci://bucket@${cloud.namespace}/out/$JOB_RUN_OCID`,
    NBJOB_SET: JSON.stringify({ arguments: ["data", "--rate", "0.5"] }),
  };
  const { code, stdout, stderr } = await run([], { cwd: dir, env });
  assert.equal(code, 4, stderr);
  assert.match(stdout, /called data 0\.5 1 project True/);
  // The key is gone before the work begins.
  assert.match(stdout, /^key False$/m);
  const prefix = "out/ocid1.datasciencejobrun.oc1.iad.run1";
  assert.deepEqual(cloud.storage.names("bucket").toSorted(), [`${prefix}/deep/model.bin`, `${prefix}/run.json`]);
  const record = (await cloud.storage.bytes("bucket", `${prefix}/run.json`)).toString();
  assert.ok(record.includes(`"commit": "${origin.first}"`), record);
  for (const said of [stdout, stderr, record]) assert.doesNotMatch(said, /the key/);
  // Neither is the repository's other name left.
  await assert.rejects(lstat(join(dir, "code")));

  const denied = await run([], { cwd: dir, env: { ...env, GIT_SECRET_OCID: cloud.secrets.put("other", "nothing") } });
  assert.equal(denied.code, 77, denied.stderr);
  assert.match(denied.stderr, /Permission denied \(publickey\).*GIT_SECRET_OCID/s);
});

test("a notebook in a repository, with no artifact mounted at all, fails when it fails", async (t) => {
  const origin = await repository(t);
  if (origin === undefined) return;
  const dir = await folder(t);
  const env = { GIT_URL: `file://${origin.path}`, GIT_ENTRYPOINT: "project/n.ipynb", TMPDIR: dir, CODE_DIR: "~/none" };
  const { code, stdout, stderr } = await run(["--output-folder", "out"], { cwd: dir, env: { ...env, HOME: dir } });
  assert.equal(code, 1, stderr);
  assert.match(stdout, /notebook 2/);
  assert.deepEqual((await readdir(join(dir, "out"))).toSorted(), ["n.ipynb", "run.json"]);
});

test("a repository that cannot be had is told by git's own words, its address without its token", async (t) => {
  const origin = await repository(t);
  if (origin === undefined) return;
  const dir = await folder(t, { "job.yaml": "git: {url: ./nowhere}\noutputFolder: out\n" });
  // Nothing listens there, and a host that does not answer is asked again: meanwhile the others run.
  const token = "http://me:abcdefghijkl@127.0.0.1:1/x.git";
  const asking = run(["job.yaml", "--set", `git.url=${token}`, "--output-folder", "away"], { cwd: dir });
  const cases = [
    { set: [], code: 66, says: /nowhere' does not exist/ },
    { set: [`git.url=${origin.path}`, "git.branch=no-such"], code: 66, says: /at no-such: .*no-such/ },
    {
      set: [`git.url=${origin.path}`, "git.branch=-x", "git.commit=a b"],
      code: 78,
      says: /git\.branch(.|\n)*git\.commit/,
    },
    { set: [`git.url=${origin.path}`, "entrypoint=absent.py"], code: 66, says: /holds no absent\.py/ },
  ];
  for (const { set, code, says } of cases) {
    const ended = await run(["job.yaml", ...set.flatMap((word) => ["--set", word])], { cwd: dir });
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, says);
  }
  const away = await asking;
  assert.equal(away.code, 69, away.stderr);
  assert.match(away.stderr, /http:\/\/…@127\.0\.0\.1:1\/x\.git/);
  const record = await readFile(join(dir, "away/run.json"), "utf8");
  for (const said of [away.stderr, record]) assert.doesNotMatch(said, /abcdefghijkl/);
});

test("without git, the sentence names its package", async (t) => {
  const dir = await folder(t, { "job.yaml": "git: {url: https://example.com/x.git}\noutputFolder: out\n" });
  await mkdir(join(dir, "bin"));
  for (const name of ["sh", "readlink", "dirname", "node"]) {
    const { stdout } = await exec("sh", ["-c", `command -v ${name}`], { env: plainEnvironment() });
    await exec("ln", ["-s", stdout.trim(), join(dir, "bin", name)]);
  }
  const { code, stderr } = await run(["job.yaml"], { cwd: dir, env: { PATH: join(dir, "bin") } });
  assert.equal(code, 127, stderr);
  assert.match(stderr, /needs git.*apt-get install git/);
  await rm(join(dir, "bin"), { recursive: true });
});
