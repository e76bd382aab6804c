import { realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { cacheFolder } from "../environment/cache-folder.ts";
import type { KernelChoice } from "../notebook/index.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { displayLocation, nameOf, type Location } from "../storage/location.ts";
import { fetchFile } from "../storage/transfer.ts";
import type { RunHost } from "./host.ts";
import { bringsItsFolder } from "./stage-work.ts";
import type { Workspace } from "./workspace.ts";

type Environment = Readonly<Record<string, string>>;

/** As much as is shown of what pip said when it failed. */
const shownLines = 30;

export interface RequirementsContext {
  readonly spec: JobSpec;
  readonly workspace: Workspace;
  readonly host: RunHost;
  /** The work's environment without them. */
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/**
 * Installs what `environment.requirements` lists, where it is given, into a virtual environment that later runs find again.
 * @returns the environment in which the work sees them
 * @throws NbjobError `environment` where they cannot be installed; as the stores do where the file cannot be read
 */
export async function stageRequirements({
  spec,
  workspace,
  host,
  env,
  signal,
}: RequirementsContext): Promise<Environment> {
  const { requirements } = spec.environment;
  if (requirements === undefined) return env;
  const { log, tempFolder } = host;
  const found = await requirementsInWork(spec, workspace);
  const inside = found === undefined ? undefined : requirements.inside;
  const path = found ?? (await fetchRequirements(requirements.location));
  const said: string[] = [];
  let partial = "";
  log.info(`Requirements: ${inside ?? displayLocation(requirements.location)}`);
  // Loaded by the runs that have requirements.
  const { installRequirements } = await import("../artifact/requirements.ts");
  try {
    return await installRequirements({
      path,
      cache: join(await cacheFolder(host.env, tempFolder), "requirements"),
      env,
      onOutput(_stream, chunk) {
        const lines = (partial + Buffer.from(chunk).toString("utf8")).split("\n");
        partial = lines.pop() ?? "";
        for (const line of lines) log.debug(line);
        said.push(...lines);
        said.splice(0, said.length - shownLines);
      },
      signal,
    });
  } catch (error) {
    if (said.length > 0 && !signal.aborted) log.warn(["Installing the requirements ended with:", ...said].join("\n"));
    throw error;
  }

  /** What lies on this machine is read in place: it may name other files beside it. */
  async function fetchRequirements(location: Location): Promise<string> {
    if (location.kind === "file" && (await isFile(location.path))) return location.path;
    const target = join(workspace.root, "requirements", nameOf(location));
    await fetchFile(host.stores, location, target, { signal });
    return target;
  }
}

/** The requirements file inside an archive or folder that runs; undefined where it is not there. */
export async function requirementsInWork(spec: JobSpec, workspace: Workspace): Promise<string | undefined> {
  const written = spec.environment.requirements?.inside;
  if (written === undefined || spec.work === undefined || !bringsItsFolder(spec.work)) return undefined;
  const path = join(workspace.work, written);
  return (await isFile(path)) ? path : undefined;
}

/**
 * Has a Python kernel start the virtual environment's Python. Its kernel.json, found outside, may name the Python that the
 * environment was made of; any other one would not see what was installed, which is told.
 */
export async function kernelInside(
  kernel: KernelChoice,
  env: Environment,
  warn: (message: string) => void,
): Promise<KernelChoice> {
  const [program = "", ...rest] = kernel.argv;
  const folder = env["VIRTUAL_ENV"];
  if (folder === undefined || !/^python/i.test(kernel.language) || program.startsWith(`${folder}/`)) return kernel;
  const python = join(folder, "bin", "python");
  const same = !program.includes("/") || (await realpath(program).catch(() => program)) === (await realpath(python));
  if (/^python[\d.]*$/.test(basename(program)) && same) return { ...kernel, argv: [python, ...rest] };
  warn(`The kernel "${kernel.name}" starts ${program}, which does not see what environment.requirements installed`);
  return kernel;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
