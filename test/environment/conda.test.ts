import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { cacheFolder } from "../../src/environment/cache-folder.ts";
import { activationVariables, inCondaEnvironment } from "../../src/environment/conda/activate.ts";
import { PackCache } from "../../src/environment/conda/cache.ts";
import { packFromVariables } from "../../src/environment/conda/source.ts";
import { NbjobError } from "../../src/text/errors.ts";

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "nbjob-test-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("Data Science's variables name a pack, or nothing", () => {
  const published = { CONDA_ENV_NAMESPACE: "n", CONDA_ENV_BUCKET: "b", CONDA_ENV_OBJECT_NAME: "/a/pack_v1" };
  const location = { kind: "oci", namespace: "n", bucket: "b", object: "a/pack_v1" };
  assert.equal(packFromVariables({}), undefined);
  assert.equal(packFromVariables({ CONDA_ENV_TYPE: "", CONDA_ENV_SLUG: "" }), undefined);
  assert.deepEqual(packFromVariables({ CONDA_ENV_TYPE: "service", CONDA_ENV_SLUG: "s" }), { slug: "s" });
  assert.deepEqual(packFromVariables({ CONDA_ENV_SLUG: "s" }), { slug: "s" });
  assert.deepEqual(packFromVariables({ CONDA_ENV_TYPE: "published", ...published }), { location });
  assert.deepEqual(packFromVariables({ ...published, CONDA_ENV_REGION: "uk-london-1" }), {
    location,
    region: "uk-london-1",
  });
  for (const wrong of [
    { CONDA_ENV_TYPE: "service" },
    { CONDA_ENV_TYPE: "published", CONDA_ENV_SLUG: "s" },
    { CONDA_ENV_TYPE: "other" },
  ]) {
    assert.throws(
      () => packFromVariables(wrong),
      (error) => error instanceof NbjobError && error.reason === "environment",
    );
  }
});

test("what two runs make at once is kept once, and both go on with it", async (t) => {
  const cache = new PackCache(join(await folder(t), "packs"));
  assert.equal(await cache.find("key"), undefined);
  const [one, two] = await Promise.all([cache.begin("key"), cache.begin("key")]);
  await Promise.all([one, two].map((path) => writeFile(join(path, "env/made"), "")));
  const [first, second] = await Promise.all([cache.keep("key", one), cache.keep("key", two)]);
  assert.equal(first, second);
  assert.equal(await cache.find("key"), first);
  assert.ok((await stat(join(first, "made"))).isFile());
});

test("a link to nothing is no environment, and what dead runs left goes after a day", async (t) => {
  const root = join(await folder(t), "packs");
  const cache = new PackCache(root);
  await mkdir(join(root, "old-0/env"), { recursive: true });
  await mkdir(join(root, "young-0/env"), { recursive: true });
  const longAgo = new Date(Date.now() - 2 * 86_400_000);
  await utimes(join(root, "old-0"), longAgo, longAgo);
  await symlink("gone", join(root, "key"));
  assert.equal(await cache.find("key"), undefined);
  const made = await cache.begin("key");
  assert.equal(await cache.keep("key", made), join(made, "env"));
  const names = await readdir(root);
  assert.equal(names.includes("old-0"), false);
  assert.ok(names.includes("young-0"));
});

test("the cache folder is the one that is named, or this user's own", async (t) => {
  const temp = await folder(t);
  assert.equal(await cacheFolder({ NBJOB_CACHE: join(temp, "a/b") }, temp), join(temp, "a/b"));
  assert.equal(await cacheFolder({ XDG_CACHE_HOME: temp }, temp), join(temp, "nbjob"));
  const own = await cacheFolder({}, temp);
  assert.equal((await stat(own)).mode & 0o077, 0);
  await rm(own, { recursive: true });
  await symlink(join(temp, "a"), own);
  await assert.rejects(cacheFolder({}, temp), (error) => error instanceof NbjobError);
  await writeFile(join(temp, "file"), "");
  await assert.rejects(cacheFolder({ NBJOB_CACHE: join(temp, "file") }, temp), (error) => error instanceof NbjobError);
});

test("activation scripts set what they set; one that fails is told and sets nothing", async (t) => {
  const prefix = await folder(t);
  const scripts = join(prefix, "etc/conda/activate.d");
  const warnings: string[] = [];
  const env = { PATH: process.env["PATH"] ?? "", KEPT: "kept", CHANGED: "old" };
  const variables = (): Promise<Readonly<Record<string, string>>> =>
    activationVariables(prefix, env, (message) => warnings.push(message));
  assert.deepEqual(await variables(), {});
  await mkdir(scripts, { recursive: true });
  await writeFile(join(scripts, "a.sh"), 'export CHANGED="new" DATA="$CONDA_PREFIX/x"\nlocal_only=1\necho noise\n');
  await writeFile(join(scripts, "b.csh"), "this is not for us");
  assert.deepEqual(await variables(), { CHANGED: "new", DATA: `${prefix}/x` });
  assert.deepEqual(warnings, []);
  await writeFile(join(scripts, "c.sh"), "exit 3\n");
  assert.deepEqual(await variables(), {});
  assert.equal(warnings.length, 1);
});

test("the work's environment leads to the pack's Python and to no other", () => {
  const env = inCondaEnvironment({ PATH: "/usr/bin", VIRTUAL_ENV: "/opt/venv", PYTHONHOME: "/x", A: "a" }, "/c/env");
  assert.equal(env["PATH"], "/c/env/bin:/usr/bin");
  assert.equal(env["CONDA_PREFIX"], "/c/env");
  assert.deepEqual([env["VIRTUAL_ENV"], env["PYTHONHOME"], env["A"]], [undefined, undefined, "a"]);
});
