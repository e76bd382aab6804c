import { rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { JobSpec } from "../../spec/jobspec.ts";
import { displayLocation, type Location } from "../../storage/location.ts";
import { probeFolder } from "../../storage/transfer.ts";
import type { RunHost } from "../host.ts";
import { outputFolderError } from "../journal.ts";
import { checkOutputMount } from "../mounts.ts";
import { finding, needsService, type Finding } from "./finding.ts";

/** Writes a file beside what is there, and takes it back; folders that it needed go with it. */
export async function checkOutputFolder(
  spec: JobSpec,
  { host, offline, signal }: { host: Pick<RunHost, "stores" | "env">; offline: boolean; signal: AbortSignal },
): Promise<readonly Finding[]> {
  const { outputFolder } = spec;
  const found = await finding("output folder", displayLocation(outputFolder), async () => {
    if (offline && outputFolder.kind !== "file") return needsService;
    await checkOutputMount(spec, host);
    const missing = await missingFolders(outputFolder);
    try {
      await probeFolder(host.stores, outputFolder, signal);
    } catch (error) {
      throw outputFolderError(outputFolder, error);
    } finally {
      // Another run may have written there meanwhile: a folder with something in it stays.
      for (const path of missing) await rmdir(path).catch(() => undefined);
    }
    return "it can be written";
  });
  return [found];
}

/** The folders that are not there yet, the innermost first. */
async function missingFolders(folder: Location): Promise<readonly string[]> {
  const missing: string[] = [];
  let path = folder.kind === "file" ? folder.path.replace(/(?<=.)\/$/, "") : "/";
  while (path !== dirname(path) && (await stat(path).catch(() => undefined)) === undefined) {
    missing.push(path);
    path = dirname(path);
  }
  return missing;
}
