/** The recipes of docs/try.md, as they stand there. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { startCloud } from "../cloud/cloud.ts";
import { docker, stockImage } from "../support/docker.ts";
import { folder, plainEnvironment, root } from "../support/program.ts";

const exec = promisify(execFile);
const outputs = ["hello.ipynb", "pi.png", "run.json"];

/** The last shell block of the recipe that begins with these words, here `bold`. */
async function recipe(bold: string): Promise<string> {
  const page = await readFile(join(root, "docs/try.md"), "utf8");
  const text = page.split(/^\*\*/m).find((part) => part.startsWith(bold)) ?? "";
  const block = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].at(-1)?.[1];
  assert.ok(block !== undefined, `docs/try.md has no recipe ${bold}`);
  return block;
}

async function withJobs(t: TestContext): Promise<string> {
  await stockImage();
  const dir = await folder(t);
  await cp(join(root, "jobs"), join(dir, "jobs"), { recursive: true });
  return dir;
}

async function shell(commands: string, cwd: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  await exec("sh", ["-eu", "-c", commands], { cwd, env: plainEnvironment(env), maxBuffer: 2 ** 26 });
}

test("with local folders", async (t) => {
  if (!(await docker(t))) return;
  const dir = await withJobs(t);
  await shell(await recipe("With local folders"), dir);
  assert.deepEqual((await readdir(join(dir, "out/hello"))).toSorted(), outputs);
  assert.deepEqual((await readdir(join(dir, "mine"))).toSorted(), outputs);
});

test("confined", async (t) => {
  if (!(await docker(t))) return;
  const dir = await withJobs(t);
  await shell(await recipe("Confined"), dir);
  assert.deepEqual((await readdir(join(dir, "out/hello"))).toSorted(), outputs);
});

test("with the fake cloud", async (t) => {
  if (!(await docker(t))) return;
  const dir = await withJobs(t);
  const data = join(dir, "cloud");
  await using cloud = await startCloud({ data, buckets: ["results"] });
  // Its settings come from the environment here, in place of the file that the recipe's first half writes.
  const commands = (await recipe("With the fake cloud"))
    .replace(". /tmp/cloud.env\n", "")
    .replaceAll("/tmp/cloud", data);
  await shell(commands, dir, cloud.env);
  assert.deepEqual(
    cloud.storage.names("results").toSorted(),
    outputs.map((name) => `hello/${name}`),
  );
});

test("with one's own ~/.oci", async (t) => {
  if (!(await docker(t))) return;
  const dir = await withJobs(t);
  const home = join(dir, "home");
  await mkdir(home);
  // The fake cloud's own folder is this user's ~/.oci, so that the paths in the configuration are below it.
  await using cloud = await startCloud({ data: join(home, ".oci") });
  await symlink("identity/config", join(home, ".oci/config"));
  const put = (name: string, content: string): Promise<unknown> =>
    cloud.storage.putBytes("bucket", name, Buffer.from(content), {});
  await put("jobs/job.yaml", "artifact: work.sh\noutputFolder: ../out\n");
  await put("jobs/work.sh", "echo made > made.txt\n");
  const commands = (await recipe("With your own `~/.oci`"))
    .replace("docker run", "docker run --network host -e NBJOB_OCI_ENDPOINT")
    .replace("bucket@namespace", `bucket@${cloud.namespace}`);
  await shell(commands, dir, { HOME: home, NBJOB_OCI_ENDPOINT: cloud.url });
  assert.ok(cloud.storage.names("bucket").includes("out/made.txt"));
});
