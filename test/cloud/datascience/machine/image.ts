/** What an image runs: in Docker, or as the built program with the image's own words. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Node } from "../execution.ts";
import type { ContainerEnvironment } from "../model.ts";
import type { Layout } from "./layout.ts";
import type { Command } from "./process.ts";
import type { MachineSettings } from "./settings.ts";
import { splitWords } from "./words.ts";

const project = join(import.meta.dirname, "..", "..", "..", "..");
const run = promisify(execFile);
let docker: Promise<boolean> | undefined;

/** Whether a Docker daemon answers. */
export function dockerAnswers(): Promise<boolean> {
  docker ??= run("docker", ["info"]).then(
    () => true,
    () => false,
  );
  return docker;
}

/** The image of a node, also where the job names it by variables, as jobs once did; undefined without any. */
export function imageOf({ environment, configuration }: Node): ContainerEnvironment | undefined {
  if (environment !== undefined) return environment;
  const variables = configuration.environmentVariables ?? {};
  const image = variables["CONTAINER_CUSTOM_IMAGE"];
  if (image === undefined) return undefined;
  const [entrypoint, cmd] = [words(variables["CONTAINER_ENTRYPOINT"]), words(variables["CONTAINER_CMD"])];
  return { jobEnvironmentType: "OCIR_CONTAINER", image, entrypoint, cmd };
}

/** `"ls", "-l"`, as those variables write it. */
function words(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const list: unknown = JSON.parse(`[${text}]`);
  return Array.isArray(list) ? list.map(String) : null;
}

/** The words after the image's entrypoint. */
function argumentsOf(node: Node, { cmd }: ContainerEnvironment, settings: MachineSettings): readonly string[] {
  const given = settings.imageArguments ? splitWords(node.configuration.commandLineArguments ?? "") : [];
  return [...(cmd ?? []), ...given];
}

/** The built program in the image's place: `nbjob`, `tini` and the image's own entrypoint are found by name. */
export async function programCommand(
  node: Node,
  image: ContainerEnvironment,
  layout: Layout,
  settings: MachineSettings,
  env: Readonly<Record<string, string>>,
): Promise<Command> {
  const programs = join(layout.root, "bin");
  await mkdir(programs);
  await symlink(join(project, "nbjob"), join(programs, "nbjob"));
  await symlink(join(project, "container", "entrypoint"), join(programs, "entrypoint"));
  const tini = join(programs, "tini");
  await writeFile(tini, '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n');
  await chmod(tini, 0o755);
  const own = image.entrypoint?.length ? image.entrypoint : ["entrypoint"];
  const [program = "", ...args] = [...own, ...argumentsOf(node, image, settings)];
  const path = `${programs}:${process.env["PATH"] ?? ""}`;
  const home = { HOME: layout.home, NBJOB_DATASCIENCE_HOME: layout.home, TMPDIR: layout.temp };
  // The names are looked for in the machine's own folders, which only its environment has.
  return { program: "env", args: [program, ...args], cwd: layout.cwd, env: { PATH: path, ...home, ...env } };
}

/** The image itself, in Docker, with everything at its own paths. */
export function dockerCommand(
  node: Node,
  image: ContainerEnvironment,
  layout: Layout,
  settings: MachineSettings,
  env: Readonly<Record<string, string>>,
): Command {
  const name = `jobrun-${randomBytes(6).toString("hex")}`;
  // Token and key of the run's principal, and what tells its nodes of each other.
  const shared = ["OCI_RESOURCE_PRINCIPAL_RPST", "CLUSTER_NODES_METADATA_FILE"]
    .flatMap((variable) => env[variable] ?? [])
    .map((file) => dirname(file));
  const volumes = [
    `${layout.home}:/home/datascience`,
    ...shared.map((folder) => `${folder}:${folder}:ro`),
    ...layout.mounts.map(({ folder, path }) => `${folder}:${path}`),
  ];
  const [first, ...rest] = image.entrypoint ?? [];
  const args = [
    "run",
    "--rm",
    "--name",
    name,
    "--network",
    "host",
    ...(settings.memoryBytes === undefined ? [] : ["--memory", String(settings.memoryBytes)]),
    ...volumes.flatMap((volume) => ["--volume", volume]),
    // Docker takes the values from its own environment: they may hold anything.
    ...Object.keys(env).flatMap((variable) => ["--env", variable]),
    "--env",
    "HOME=/home/datascience",
    ...(first === undefined ? [] : ["--entrypoint", first]),
    settings.images[image.image] ?? settings.images["*"] ?? image.image,
    ...rest,
    ...argumentsOf(node, image, settings),
  ];
  const tell = (signal: string) => (): void => {
    run("docker", ["kill", "--signal", signal, name]).catch(() => undefined);
  };
  const own = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
  const stops = { terminate: tell("TERM"), kill: tell("KILL") };
  return { program: "docker", args, cwd: layout.cwd, env: { ...env, ...own }, ...stops };
}
