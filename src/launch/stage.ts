/**
 * Brings to a bucket what a job file names on this machine, and the job file itself, so that a job run can read it.
 * Names hold the SHA-256 of what lies there: what is there already is not sent again, and nothing is ever replaced.
 *
 *     <stage>/<sha256>/job.yaml
 *     <stage>/<sha256>/analysis.ipynb      a notebook, a script, an archive, a conda pack, a file of requirements
 *     <stage>/<sha256>/project.tar.gz      a folder that runs, packed so that modes and links are kept
 *     <stage>/<sha256>/data/…              a folder of inputs; <stage>/<sha256>.complete says that all of it is there
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import pMap from "p-map";
import { type Assignment, assign } from "../spec/assign.ts";
import { escapeDollars } from "../spec/expand.ts";
import { type Launchable, locationPaths, runVariables } from "../spec/launchable.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { formatFlow } from "../spec/yaml/flow.ts";
import { type MapNode, type Node, nodeAt, type Path } from "../spec/yaml/node.ts";
import { displayLocation, formatLocation, isFolder, joinLocation, type Location, nameOf } from "../storage/location.ts";
import { bytesSource, fileSource } from "../storage/source.ts";
import type { Stores } from "../storage/stores.ts";
import { publishFiles } from "../storage/transfer.ts";
import { NbjobError } from "../text/errors.ts";
import { filesBelow, packFolder, sha256Of } from "./folder.ts";
import { workLocation, workName } from "./work.ts";
import { isMountedLocation } from "./remote-paths.ts";

/** One thing to be in the bucket before the run starts. */
export type Upload =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly to: Location }
  | { readonly kind: "file"; readonly path: string; readonly size: number; readonly to: Location }
  | {
      readonly kind: "folder";
      readonly path: string;
      readonly files: readonly string[];
      readonly to: Location;
      readonly marker: Location;
    };

export interface StagedJob {
  readonly uploads: readonly Upload[];
  /** Where the run reads its job file. */
  readonly jobFile: Location;
  /** With local files that a flag named replaced by where they lie then. */
  readonly overrides: readonly Assignment[];
  /** Where the work lies then, and its SHA-256, where it lies on this machine now. */
  readonly work: PlacedFile | undefined;
}

interface PlacedFile {
  readonly to: Location;
  readonly sha256: string;
}

export interface StageOptions {
  /** Undefined where there is no bucket that could be meant. */
  readonly stage: Location | undefined;
  readonly tempFolder: string;
}

/**
 * What has to be uploaded, without uploading it. Local files are read, since their names are made from their bytes.
 *
 * @throws NbjobError `not-found` for what is not there, `usage` where something has to be uploaded and no bucket is known
 */
export async function planStage(job: Launchable, { stage, tempFolder }: StageOptions): Promise<StagedJob> {
  const uploads: Upload[] = [];
  const place = (sha256: string, name: string): Location => joinLocation(stage ?? noStage(job), `${sha256}/${name}`);
  const { file, overrides, work } = await moveLocals(job, { uploads, place, tempFolder });
  const { jobFile } = job.spec;
  const isReachable = jobFile !== undefined && jobFile.location.kind !== "file";
  // A URL that holds a password or a token is not for everybody who may look at the run.
  const isPublic = isReachable && formatLocation(jobFile.location) === displayLocation(jobFile.location);
  if (isPublic && file === job.file) return { uploads, jobFile: jobFile.location, overrides, work };
  const moved = isReachable ? absolute(file, job) : file;
  // As it was written, comments and all, where nothing in it had to change.
  const bytes = moved === job.file && job.bytes !== undefined ? job.bytes : Buffer.from(`${formatFlow(moved, 2)}\n`);
  const to = place(createHash("sha256").update(bytes).digest("hex"), jobFileName(job.spec));
  uploads.push({ kind: "bytes", bytes, to });
  return { uploads, jobFile: to, overrides, work };
}

interface Moving {
  readonly uploads: Upload[];
  readonly place: (sha256: string, name: string) => Location;
  readonly tempFolder: string;
}

/** The job file's tree and the overrides, with every path on this machine replaced by the place of its upload. */
async function moveLocals(
  { spec, file, whole, overrides }: Launchable,
  moving: Moving,
): Promise<{ file: MapNode; overrides: readonly Assignment[]; work: PlacedFile | undefined }> {
  let moved = file;
  const further: Assignment[] = [];
  let work: PlacedFile | undefined;
  for (const path of locationPaths(whole)) {
    const local = localPath(spec, path);
    if (local === undefined || (await isInside(spec, path))) continue;
    const isWork = path[0] === "noteBook" || path[0] === "artifact";
    const placed = await moveOne(local, { path, isWork }, moving);
    if (isWork) work = placed;
    const node = nodeAt(whole, path);
    const { place = {} } = node ?? {};
    const assignment = { path, node: textNode(escapeDollars(formatLocation(placed.to)), place), place };
    if (place.origin !== undefined) {
      further.push(assignment);
      continue;
    }
    const next = assign(moved, assignment);
    if ("root" in next) moved = next.root;
  }
  return { file: moved, overrides: [...overrides, ...further], work };
}

/** The path on this machine that a key names; undefined where a job run can read it as it is. */
function localPath(spec: JobSpec, path: Path): string | undefined {
  const location = locationAt(spec, path);
  if (location?.kind !== "file" || isMountedLocation(location, spec.oci.mountPaths)) return undefined;
  return location.path;
}

function locationAt(spec: JobSpec, [first, second]: Path): Location | undefined {
  const { conda, requirements } = spec.environment;
  switch (first) {
    case "noteBook":
    case "artifact":
      return workLocation(spec.work);
    case "inputs":
      return spec.inputs[String(second).replace(/\/+$/, "")];
    case "environment":
      if (second === "conda") return conda !== undefined && "location" in conda ? conda.location : undefined;
      return requirements?.location;
    default:
      return undefined;
  }
}

/** A file of requirements that is in the folder or archive that runs travels with it. */
async function isInside({ work, environment: { requirements } }: JobSpec, path: Path): Promise<boolean> {
  if (path[1] !== "requirements" || requirements?.inside === undefined || work?.kind !== "artifact") return false;
  const { location } = work;
  if (location.kind !== "file") return !(await exists(requirements.location));
  if (isFolder(location)) return exists({ kind: "file", path: `${location.path}${requirements.inside}` });
  return !(await exists(requirements.location));
}

async function exists(location: Location): Promise<boolean> {
  return location.kind === "file" && (await stat(location.path).catch(() => undefined)) !== undefined;
}

async function moveOne(
  path: string,
  { path: key, isWork }: { readonly path: Path; readonly isWork: boolean },
  { uploads, place, tempFolder }: Moving,
): Promise<PlacedFile> {
  const found = await stat(path).catch((error: unknown) => {
    throw new NbjobError("not-found", `${key.join(".")}: ${path} does not exist.`, {
      location: path,
      remedy: "What lies in the container is named below a path that infrastructure.mounts mounts.",
      cause: error,
    });
  });
  const name = nameOf({ kind: "file", path });
  if (found.isDirectory() && isWork) {
    const packed = await packFolder(path, tempFolder);
    const to = place(packed.sha256, `${name}.tar.gz`);
    uploads.push({ kind: "file", path: packed.path, size: packed.bytes, to });
    return { to, sha256: packed.sha256 };
  }
  if (found.isDirectory()) {
    const files = await filesBelow(path);
    const root = path.replace(/\/$/, "");
    const sums = await pMap(files, async (each) => `${await sha256Of(`${root}/${each}`)}  ${each}\n`, {
      concurrency: 8,
    });
    const sha256 = createHash("sha256").update(sums.join("")).digest("hex");
    const to = place(sha256, `${name}/`);
    uploads.push({ kind: "folder", path, files, to, marker: place(sha256, "complete") });
    return { to, sha256 };
  }
  const sha256 = await sha256Of(path);
  const to = place(sha256, name);
  uploads.push({ kind: "file", path, size: found.size, to });
  return { to, sha256 };
}

/** Every location of a job file that is moved elsewhere, written out. */
function absolute(file: MapNode, { spec, whole }: Launchable): MapNode {
  let moved = file;
  for (const path of locationPaths(file)) {
    const node = nodeAt(whole, path);
    const location = path[0] === "outputFolder" ? spec.outputFolder : locationAt(spec, path);
    if (node?.place.origin !== undefined || location === undefined || location.kind === "file") continue;
    const next = assign(moved, { path, node: textNode(deferred(formatLocation(location)), {}), place: {} });
    if ("root" in next) moved = next.root;
  }
  return moved;
}

/** Dollars kept from expansion, but for the names whose values only the run knows. */
function deferred(text: string): string {
  const names = new RegExp(String.raw`\$\$\{(${runVariables.join("|")})\}`, "g");
  return escapeDollars(text).replaceAll(names, "${$1}");
}

function textNode(text: string, place: Node["place"]): Node {
  return { kind: "scalar", value: text, text, plain: false, place };
}

function jobFileName({ jobFile, work }: JobSpec): string {
  const name = jobFile === undefined ? `${workName(work)}.yaml` : nameOf(jobFile.location);
  return /\.(ya?ml|json)$/i.test(name) ? name : `${name.replace(/\.[^.]+$/, "")}.yaml`;
}

function noStage({ spec }: Launchable): never {
  throw new NbjobError(
    "usage",
    `${displayLocation(spec.outputFolder)} is in no bucket, and the job file and its local files need one`,
    {
      remedy: "Name a folder for them: --stage oci://bucket@namespace/folder/.",
    },
  );
}

/** Uploads what is not there yet. @returns how many were sent */
export async function upload(
  uploads: readonly Upload[],
  stores: Stores,
  { signal, tell }: { readonly signal?: AbortSignal; readonly tell: (message: string) => void },
): Promise<number> {
  const options = signal === undefined ? {} : { signal };
  let sent = 0;
  for (const each of uploads) {
    const store = stores.store(each.to);
    const proof = each.kind === "folder" ? each.marker : each.to;
    const bytes = each.kind === "bytes" ? each.bytes.length : each.kind === "file" ? each.size : 0;
    const there = await store.head(proof, options);
    if (there !== undefined && (there.bytes ?? bytes) === bytes) continue;
    tell(`Uploading ${each.kind === "bytes" ? "the job file" : each.path} to ${displayLocation(each.to)}`);
    if (each.kind === "folder") await uploadFolder(each, stores, signal);
    else
      await store.write(
        each.to,
        each.kind === "bytes" ? bytesSource(each.bytes) : await fileSource(each.path),
        options,
      );
    sent += 1;
  }
  return sent;
}

async function uploadFolder(
  { path, files, to, marker }: Extract<Upload, { kind: "folder" }>,
  stores: Stores,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const root = path.replace(/\/$/, "");
  const results = await publishFiles(
    stores,
    files.map((each) => ({ path: each, absolute: `${root}/${each}` })),
    to,
    options,
  );
  const failed = results.find(({ error }) => error !== undefined)?.error;
  if (failed !== undefined) throw failed;
  await stores.store(marker).write(marker, bytesSource(new Uint8Array()), options);
}
