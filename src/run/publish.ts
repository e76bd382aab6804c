import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { JobSpec } from "../spec/jobspec.ts";
import { displayLocation, joinLocation } from "../storage/location.ts";
import { publishFiles, type FileToPublish } from "../storage/transfer.ts";
import type { RunHost } from "./host.ts";
import { recordName, type RecordedOutput } from "./record.ts";
import type { Staged } from "./stage.ts";
import { changedSince, select, walk, type FoundFile } from "./workspace.ts";

/** Sends every output to the output folder and says what became of each. Never throws away the rest for one that fails. */
export async function publish(
  spec: JobSpec,
  staged: Staged,
  host: RunHost,
  signal: AbortSignal,
): Promise<readonly RecordedOutput[]> {
  const reserved = new Set([recordName]);
  const notebook = staged.work.kind === "notebook" ? await executedNotebook(staged.work) : undefined;
  if (notebook !== undefined) reserved.add(notebook.path);
  const outputs = (await collect(spec, staged, host)).map((file) => ({
    path: freeName(file.path, reserved, host),
    absolute: file.absolute,
  }));
  const files: FileToPublish[] = [...(notebook === undefined ? [] : [notebook]), ...outputs];
  const results = await publishFiles(host.stores, files, spec.outputFolder, { signal });
  return results.map((result) => ({
    path: result.path,
    location: displayLocation(joinLocation(spec.outputFolder, result.path)),
    bytes: result.bytes ?? null,
    md5: result.md5 ?? null,
    status: result.status,
    ...(result.error === undefined ? {} : { error: result.error.message }),
  }));
}

async function executedNotebook(
  work: Extract<Staged["work"], { kind: "notebook" }>,
): Promise<FileToPublish | undefined> {
  const found = await stat(work.executed).catch(() => undefined);
  return found === undefined ? undefined : { path: basename(work.executed), absolute: work.executed };
}

/** The files that the work made: those that `outputs:` names, else all that is new or changed in its working directory. */
async function collect(spec: JobSpec, staged: Staged, host: RunHost): Promise<readonly FoundFile[]> {
  if (spec.outputs === undefined && staged.before === undefined) return [];
  const now = await walk(staged.cwd);
  for (const { path, why } of now.left) host.log.warn(`${join(staged.cwd, path)} is not published: ${why}`);
  if (spec.outputs === undefined) return changedSince(staged.before ?? { files: [], left: [] }, now);
  const { chosen, unmatched } = select(now.files, spec.outputs);
  for (const pattern of unmatched) host.log.warn(`outputs: nothing matches ${JSON.stringify(pattern)}`);
  return chosen;
}

/** nbjob's own files keep their names; a file of the work's with such a name is published beside them. */
function freeName(path: string, reserved: ReadonlySet<string>, host: RunHost): string {
  if (!reserved.has(path)) return path;
  const free = `work-${path}`;
  host.log.warn(`The work wrote ${path}, a name that nbjob needs: it is published as ${free}`);
  return free;
}
