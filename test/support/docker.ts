/** Docker, where a daemon answers; elsewhere the tests that need it say that they were skipped, and why. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { join } from "node:path";
import { withLock } from "./lock.ts";
import { plainEnvironment, root, type Ended } from "./program.ts";

const exec = promisify(execFile);
let answers: Promise<boolean> | undefined;
const built = new Map<string, Promise<string>>();

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
  return once("nbjob", () => build("nbjob", ["."]));
}

/** The stock image built with arguments, under a name of its own. */
export async function variantImage(name: string, args: Readonly<Record<string, string>>): Promise<string> {
  await stockImage(); // first, so that what they share is built once
  const given = Object.entries(args).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]);
  return once(name, () => build(name, [...given, "."]));
}

/** An image of a user's own, which takes /nbjob from the stock image: `lines` are its Dockerfile, without a context. */
export async function ownImage(name: string, lines: readonly string[]): Promise<string> {
  await stockImage();
  return once(name, () => build(name, ["-"], lines.join("\n")));
}

/** The README's own example of an image of a user's own: Debian's Python with ipykernel from pip, and the one file. */
export async function readmeImage(): Promise<string> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const dockerfile = /^```dockerfile\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? "";
  return ownImage("nbjob-test-readme", dockerfile.split("\n"));
}

/** Runs a container to its end and removes it. */
export function runContainer(args: readonly string[]): Promise<Ended> {
  return runDocker(["run", "--rm", ...args]);
}

/** Starts a container that the test leaves running; it goes when the test ends. Returns its name. */
export async function startContainer(t: TestContext, args: readonly string[]): Promise<string> {
  const name = `nbjob-test-${randomBytes(4).toString("hex")}`;
  t.after(() => runDocker(["rm", "-f", name]));
  const { code, stderr } = await runDocker(["run", "-d", "--name", name, ...args]);
  if (code !== 0) throw new Error(stderr);
  return name;
}

/** Waits until a container has printed a text, on stdout or stderr. */
export async function containerPrinted(name: string, text: string): Promise<void> {
  for (;;) {
    const { stdout, stderr } = await runDocker(["logs", name]);
    if (`${stdout}\n${stderr}`.includes(text)) return;
    const { stdout: state } = await runDocker(["inspect", "-f", "{{.State.Running}}", name]);
    if (state.trim() !== "true") throw new Error(`the container ended without printing ${text}:\n${stdout}\n${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Runs a docker command to its end. */
export function runDocker(args: readonly string[], input = ""): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      "docker",
      args,
      { cwd: root, env: { ...plainEnvironment(), DOCKER_BUILDKIT: "0" }, maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
        resolve({ code, signal: null, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}

function once(name: string, make: () => Promise<string>): Promise<string> {
  const made = built.get(name) ?? make();
  built.set(name, made);
  return made;
}

async function build(name: string, args: readonly string[], dockerfile = ""): Promise<string> {
  // One at a time: a second build finds in Docker's cache what the first one made.
  const { code, stdout, stderr } = await withLock(join(root, ".cache/docker.lock"), () =>
    runDocker(["build", "-t", name, ...args], dockerfile),
  );
  if (code !== 0) throw new Error(`docker build ${args.join(" ")}: ${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
  return name;
}
