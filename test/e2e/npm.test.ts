/** The third way in: the packed tarball, installed where there is no network, on the Node that is there. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { folder, json, plainEnvironment, root } from "../support/program.ts";
import { sameRuns } from "./same-runs.ts";

const exec = promisify(execFile);

test("the packed tarball installs without a network, and passes the suite of runs that every way in passes", async (t) => {
  const dir = await folder(t);
  const env = plainEnvironment({ npm_config_cache: join(dir, "cache") });
  const npm = (...args: string[]): Promise<{ stdout: string }> => exec("npm", args, { cwd: root, env });
  await npm("pack", "--silent", "--pack-destination", dir);
  const tarball = (await readdir(dir)).find((name) => name.endsWith(".tgz"));
  assert.ok(tarball !== undefined);
  await npm("install", "--global", "--offline", "--prefix", join(dir, "prefix"), join(dir, tarball));
  const installed = join(dir, "prefix/lib/node_modules/nbjob");
  // Nothing but what it runs with, and what an editor needs for a job file.
  assert.deepEqual((await readdir(installed)).toSorted(), ["LICENSE", "README.md", "dist", "package.json", "schema"]);
  assert.equal((await readdir(join(installed, "dist/zeromq"))).length, 6);
  // The Node of this test comes first on PATH: the machine's own may be older than the package allows.
  const own = { env: { ...env, PATH: `${join(process.execPath, "..")}:${env["PATH"]}` }, cwd: dir };
  const { version } = await json<{ version: string }>(join(root, "package.json"));
  assert.equal((await exec(join(dir, "prefix/bin/nbjob"), ["--version"], own)).stdout, `${version}\n`);
  // With the kernel of this clone's environment.
  const path = `${join(root, ".venv/bin")}:${own.env.PATH}`;
  await sameRuns(t, () => ["env", `PATH=${path}`, join(dir, "prefix/bin/nbjob")]);
});
