/**
 * A job file as `launch` needs it: read here, run elsewhere. `${NAME}` of what only the run can know stays as it is
 * (`${JOB_RUN_OCID}`), any other name takes its value here, and must reach the run with it.
 */
import { asFolder, parentOf } from "../storage/location.ts";
import { NbjobError } from "../text/errors.ts";
import { isSecretName } from "../text/secret-name.ts";
import type { Assignment } from "./assign.ts";
import { namesIn } from "./expand.ts";
import type { JobSpec } from "./jobspec.ts";
import { type LoadJobOptions, openNamed } from "./load.ts";
import { isMap, type MapNode, type Node, nodeAt, type Path } from "./yaml/node.ts";

export interface Launchable {
  /** How messages name it. */
  readonly name: string;
  /** The job file as it was read; undefined for a notebook or artifact named in its place. */
  readonly bytes: Uint8Array | undefined;
  /** Locations in it still hold `${NAME}` where only the run knows the value. */
  readonly spec: JobSpec;
  /** The job file's own tree, without overrides; made up for a notebook or artifact named in its place. */
  readonly file: MapNode;
  /** The tree with every override. */
  readonly whole: MapNode;
  /** From the command line, `NBJOB_SET` and `NBJOB_PARAMETERS`, in the order in which they hold. */
  readonly overrides: readonly Assignment[];
  /** Variables of this machine that the job file names, and their values. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What Data Science sets in a job run: the run's own values, unknown here. */
export const runVariables: readonly string[] = [
  "JOB_OCID",
  "JOB_RUN_OCID",
  "JOB_COMPARTMENT_OCID",
  "JOB_RUN_COMPARTMENT_OCID",
  "JOB_ARTIFACT_FILE_NAME",
  "PROJECT_OCID",
  "PROJECT_COMPARTMENT_OCID",
  "TENANCY_OCID",
  "FQDN",
  "NODE_RANK",
  "INITIAL_CLUSTER_SIZE",
  "CLUSTER_NODES_METADATA_FILE",
];

/** A name of those stands for itself, `${JOB_RUN_OCID}`, where it is not set. */
export function unknownToNow(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(runVariables.filter((name) => !env[name]).map((name) => [name, `\${${name}}`]));
}

/** What every machine has of its own: `PATH: /opt/tool/bin:${PATH}` means the container's. */
const machineVariables: readonly string[] = [
  "PATH HOME USER LOGNAME SHELL PWD HOSTNAME TMPDIR LANG LC_ALL TERM TZ",
  "PYTHONPATH PYTHONHOME VIRTUAL_ENV CONDA_PREFIX LD_LIBRARY_PATH JAVA_HOME",
].flatMap((names) => names.split(" "));

/**
 * @throws NbjobError as `loadJob` does; `invalid-job-file` for a variable that would carry a secret to the run in plain text
 */
export async function loadForLaunch(named: string, options: LoadJobOptions): Promise<Launchable> {
  const found = await openNamed(named, options);
  const { interpret, treeFromBytes } = await import("./document.ts");
  const { treeForLocation } = await import("./workspec.ts");
  const { workingFolder } = found.context;
  const baseFolder = found.kind === "job-file" ? parentOf(found.location) : asFolder(workingFolder);
  const { root, problems } =
    found.kind === "job-file"
      ? treeFromBytes(found.file.bytes, found.context)
      : { root: treeForLocation(found.location, found.kind), problems: [] };
  const env = { ...options.env, ...placeholders(root, options) };
  const { spec, own, whole, overrides } = interpret(root, problems, { ...found.context, env, baseFolder });
  const jobFile = found.kind === "job-file" ? { location: found.location, sha256: found.file.sha256 } : undefined;
  return {
    name: found.context.name,
    bytes: found.kind === "job-file" ? found.file.bytes : undefined,
    spec: { ...spec, jobFile },
    file: own,
    whole,
    overrides,
    variables: carried(whole, options.env),
  };
}

/** A name whose value is the run's stands for itself. */
function placeholders(root: Node, { env, overrides }: LoadJobOptions): Readonly<Record<string, string>> {
  const unset = [...scalars(root), ...(overrides?.set ?? []), env["NBJOB_SET"] ?? ""]
    .flatMap(namesIn)
    .filter((name) => env[name] === undefined && isEnvironmentOnly(root, name));
  return Object.fromEntries([...runVariables, ...machineVariables, ...unset].map((name) => [name, `\${${name}}`]));
}

/** A variable of the work that takes its value from a name unknown here: the image may set it. */
function isEnvironmentOnly(root: Node, name: string): boolean {
  const variables = nodeAt(root, ["environment", "variables"]);
  return (
    variables !== undefined &&
    scalars(variables).some((text) => namesIn(text).includes(name)) &&
    !locations(root).some((node) => scalars(node).some((text) => namesIn(text).includes(name)))
  );
}

function carried(whole: Node, env: LoadJobOptions["env"]): Readonly<Record<string, string>> {
  const variables = nodeAt(whole, ["environment", "variables"]);
  const texts = [...locations(whole), ...(variables === undefined ? [] : [variables])].flatMap(scalars);
  const names = [...new Set(texts.flatMap(namesIn))].filter(
    (name) => !runVariables.includes(name) && !machineVariables.includes(name),
  );
  const values: [string, string][] = [];
  for (const name of names) {
    const value = env[name];
    if (value === undefined) continue;
    if (isSecretName(name)) {
      throw new NbjobError(
        "invalid-job-file",
        `The job file names \${${name}}, whose value would stand in the job run for everybody to read.`,
        { remedy: `Keep it in OCI Vault: environment: {secrets: {${name}: ocid1.vaultsecret…}}.` },
      );
    }
    values.push([name, value]);
  }
  return Object.fromEntries(values);
}

/** Paths of the keys whose values are locations, of those that are there. */
export function locationPaths(root: Node): readonly Path[] {
  const inputs = nodeAt(root, ["inputs"]);
  const names = isMap(inputs) ? inputs.entries.map(({ key }): Path => ["inputs", key]) : [];
  const fixed: readonly Path[] = [
    ["noteBook"],
    ["artifact"],
    ["outputFolder"],
    ["environment", "conda"],
    ["environment", "requirements"],
  ];
  return [...fixed, ...names].filter((path) => nodeAt(root, path) !== undefined);
}

function locations(root: Node): readonly Node[] {
  return [...locationPaths(root), ["git"]].flatMap((path) => nodeAt(root, path) ?? []);
}

function scalars(node: Node): readonly string[] {
  switch (node.kind) {
    case "scalar":
      return [node.text];
    case "list":
      return node.items.flatMap(scalars);
    case "map":
      return node.entries.flatMap(({ value }) => scalars(value));
  }
}
