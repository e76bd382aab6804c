/** scripts/release.sh up to the push, which needs a registry. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { docker, runContainer, runDocker, stockImage } from "../support/docker.ts";
import { json, plainEnvironment, root } from "../support/program.ts";

const exec = promisify(execFile);
const script = join(root, "scripts/release.sh");

test("a release leaves what to push, and the commands for it, and pushes nothing", async (t) => {
  if (!(await docker(t))) return;
  const git = await access(join(root, ".git")).then(
    () => true,
    () => false,
  );
  if (!git) return t.skip("this is no clone, so a release has no revision");
  await stockImage();
  const env = plainEnvironment({ OCIR_REGION: "iad", OCIR_NAMESPACE: "mytenancy", DOCKER_BUILDKIT: "0" });
  await exec("sh", [script, "--skip-tests"], { env, maxBuffer: 2 ** 26 });
  const { version } = await json<{ version: string }>(join(root, "package.json"));
  assert.deepEqual(
    (await readdir(join(root, "release"))).filter((name) => !name.startsWith("nbjob-linux-")).toSorted(),
    ["SHA256SUMS", `nbjob-${version}.tgz`, "push.txt", "sbom.json"],
  );
  const commands = await readFile(join(root, "release/push.txt"), "utf8");
  assert.ok(commands.includes(`docker push iad.ocir.io/mytenancy/nbjob:${version}\n`), commands);
  const labels = await runDocker(["inspect", "-f", "{{json .Config.Labels}}", `nbjob:${version}`]);
  const { stdout: revision } = await exec("git", ["rev-parse", "HEAD"], { cwd: root });
  assert.ok(labels.stdout.includes(`"org.opencontainers.image.version":"${version}"`));
  assert.ok(labels.stdout.includes(`"org.opencontainers.image.revision":"${revision.trim()}`));
  assert.equal((await runContainer([`nbjob:${version}`, "--version"])).stdout, `${version}\n`);
});

test("a push that is not told where to is refused before anything is built", async (t) => {
  if (!(await docker(t))) return;
  const failed = exec("sh", [script, "--push"], { env: plainEnvironment({ OCIR_REGION: "iad" }) });
  await assert.rejects(failed, (error: { stderr?: string }) => /OCIR_NAMESPACE/.test(error.stderr ?? ""));
});
