/** Docker, where a daemon answers; elsewhere the tests that need it say that they were skipped, and why. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { TestContext } from "node:test";
import { plainEnvironment, root, type Ended } from "./program.ts";

const exec = promisify(execFile);
let answers: Promise<boolean> | undefined;
let built: Promise<string> | undefined;

/** True where a daemon answers; else the test is skipped with the reason. */
export async function docker(t: TestContext): Promise<boolean> {
  answers ??= exec("docker", ["info"]).then(
    () => true,
    () => false,
  );
  if (await answers) return true;
  t.skip("no Docker daemon answers here, so nothing was tried in an image");
  return false;
}

/** Builds the stock image once a process, from what Docker's cache has, and returns its name. */
export function stockImage(): Promise<string> {
  built ??= exec("docker", ["build", "-q", "-t", "nbjob", "."], {
    cwd: root,
    env: { ...plainEnvironment(), DOCKER_BUILDKIT: "0" },
  }).then(() => "nbjob");
  return built;
}

/** Runs a docker command to its end. */
export function runDocker(
  args: readonly string[],
  options: { readonly cwd?: string; readonly timeout?: number } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile("docker", args, { ...options, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      resolve({
        code: error === null ? 0 : typeof error.code === "number" ? error.code : null,
        signal: null,
        stdout,
        stderr,
      });
    });
  });
}
