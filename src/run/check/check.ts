import { resolve } from "node:path";
import { checkPack } from "../../environment/conda/index.ts";
import { fetchSecrets } from "../../environment/secrets.ts";
import type { JobSpec } from "../../spec/jobspec.ts";
import { displayLocation, formatLocation, type Location } from "../../storage/location.ts";
import type { RunHost } from "../host.ts";
import { packOf } from "../stage-conda.ts";
import { requirementsInWork } from "../stage-requirements.ts";
import { checkJobMounts } from "../mounts.ts";
import { checkWorkingDirectory } from "../stage.ts";
import { together } from "../together.ts";
import { createWorkspace, type Workspace } from "../workspace.ts";
import { finding, needsService, type Finding, type Told } from "./finding.ts";
import { checkInput } from "./input.ts";
import { checkOutputFolder } from "./output-folder.ts";
import { checkWork, type CheckedWork } from "./work.ts";

export type { Finding } from "./finding.ts";

export interface CheckOptions {
  /** The working directory, where the command line names one. */
  readonly cwd?: string;
  /** Ask no service: look only at what lies on this machine. */
  readonly offline: boolean;
  /** Variables of the job run that have no value here: what they name cannot be looked for. */
  readonly unknown?: readonly string[];
}

/**
 * Looks at everything that a run looks at before its work starts, and runs nothing: the work is fetched and opened, inputs
 * and conda packs are only found, and what was written to the output folder is taken back. Everything is looked at,
 * whatever fails; findings stand in the order in which a run would name the first failure.
 * @throws the signal's reason where it aborts
 */
export async function check(
  spec: JobSpec,
  host: RunHost,
  { cwd, offline, unknown = [] }: CheckOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const workspace = await createWorkspace(host.tempFolder);
  try {
    const opened = checkWork(spec, { workspace, host, offline, signal });
    const parts: readonly Promise<readonly Finding[]>[] = [
      checkOutputFolder(spec, { host, offline, signal }),
      opened.then(({ findings }) => findings),
      checkConda(spec, opened, { host, offline, signal }),
      checkRequirements(spec, opened, workspace, { host, offline, signal }),
      checkSecrets(spec, { host, offline, signal }),
      cwd === undefined
        ? Promise.resolve([])
        : one(
            finding("working directory", resolve(cwd), async () =>
              checkWorkingDirectory(resolve(cwd)).then(() => "it is there"),
            ),
          ),
      spec.oci.mountPaths.length === 0 ? Promise.resolve([]) : one(checkMounted(spec, host)),
      Promise.all(
        Object.entries(spec.inputs).map(([name, location]) =>
          finding(
            "input",
            name,
            async () =>
              unknownIn(location, unknown) ??
              (offline && location.kind !== "file" ? needsService : checkInput(location, host.stores, signal)),
          ),
        ),
      ),
    ];
    const findings = (await Promise.all(parts)).flat();
    signal.throwIfAborted();
    return findings;
  } finally {
    await workspace.remove();
  }
}

/** Where a location names what only the job run knows. */
function unknownIn(location: Location, unknown: readonly string[]): Told | undefined {
  const text = formatLocation(location);
  const name = unknown.find((each) => text.includes(`\${${each}}`) || text.includes(`$%7B${each}%7D`));
  return name === undefined ? undefined : { skipped: `only a job run knows \${${name}}` };
}

/** One error for all that failed; undefined where nothing did. */
export function failureOf(findings: readonly Finding[]): unknown {
  const failures = findings.flatMap((each) => each.failures);
  return failures.length === 0 ? undefined : together(failures);
}

interface Looking {
  readonly host: RunHost;
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

async function one(found: Promise<Finding>): Promise<readonly Finding[]> {
  return [await found];
}

function checkMounted(spec: JobSpec, host: RunHost): Promise<Finding> {
  return finding("mounts", spec.oci.mountPaths.join(", "), async () => {
    if (!host.env["JOB_RUN_OCID"]) return { skipped: "only a job run has them" };
    await checkJobMounts(spec, host);
    return "they are there and can be written";
  });
}

async function checkConda(
  spec: JobSpec,
  opened: Promise<CheckedWork>,
  { host, offline, signal }: Looking,
): Promise<readonly Finding[]> {
  const { variables } = await opened;
  const { env, log, stores } = host;
  let name = "";
  const found = await finding("conda pack", name, async () => {
    const source = await packOf(spec, Promise.resolve({ variables }), env);
    if (source === undefined) return "";
    name = "slug" in source ? source.slug : displayLocation(source.location);
    if (offline && ("slug" in source || source.location.kind !== "file")) return needsService;
    await checkPack(source, { stores, env, log, signal });
    return "it can be read";
  });
  return found.status === "ok" && name === "" ? [] : [{ ...found, name }];
}

/** The file is found, and nothing is installed. */
async function checkRequirements(
  spec: JobSpec,
  opened: Promise<CheckedWork>,
  workspace: Workspace,
  { host, offline, signal }: Looking,
): Promise<readonly Finding[]> {
  const { requirements } = spec.environment;
  if (requirements === undefined) return [];
  const { location, inside } = requirements;
  await opened;
  return one(
    finding("requirements", displayLocation(location), async () => {
      if ((await requirementsInWork(spec, workspace)) !== undefined) return `${inside} of the work`;
      return offline && location.kind !== "file" ? needsService : checkInput(location, host.stores, signal);
    }),
  );
}

/** All at once, over one connection; they are shown by the names of their variables. */
async function checkSecrets(spec: JobSpec, { host, offline, signal }: Looking): Promise<readonly Finding[]> {
  const { secrets } = spec.environment;
  const names = Object.keys(secrets);
  if (names.length === 0) return [];
  const { env, log } = host;
  let failures: readonly unknown[] = [];
  const found = await finding("secrets", names.join(", "), async () => {
    if (offline) return { skipped: "they lie in a vault, and no service is asked" };
    ({ failures } = await fetchSecrets(secrets, { env, log, signal }));
    if (failures.length > 0) throw together(failures);
    return names.length === 1 ? "it can be read" : `all ${names.length} can be read`;
  });
  return [failures.length === 0 ? found : { ...found, failures }];
}
