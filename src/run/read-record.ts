import { asFolder, joinLocation, type Location } from "../storage/location.ts";
import type { Stores } from "../storage/stores.ts";
import { readWhole } from "../storage/transfer.ts";
import { NbjobError } from "../text/errors.ts";
import { recordName, type RunRecord } from "./record.ts";

/** A notebook of a hundred thousand cells has less. */
export const largestRecord = 64 * 2 ** 20;

/** Where a run's record may lie: a run of several nodes has a folder for each. */
export function placesOfRecord(outputFolder: Location): readonly Location[] {
  return [outputFolder, joinLocation(asFolder(outputFolder), "node-0/")];
}

/**
 * The record in an output folder; undefined where there is none, or what is there is no record of ours.
 * @throws NbjobError where it cannot be read
 */
export async function readRecord(
  stores: Stores,
  outputFolder: Location,
  signal?: AbortSignal,
): Promise<RunRecord | undefined> {
  for (const place of placesOfRecord(outputFolder)) {
    try {
      const location = joinLocation(asFolder(place), recordName);
      const options = { maxBytes: largestRecord, ...(signal === undefined ? {} : { signal }) };
      const { bytes } = await readWhole(stores, location, options);
      return parseRecord(bytes.toString("utf8"));
    } catch (error) {
      if (!(error instanceof NbjobError) || error.reason !== "not-found") throw error;
    }
  }
  return undefined;
}

/** `nbjob.run/1` is a promise; what else lies there under that name is left alone. */
export function parseRecord(text: string): RunRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const schema: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "schema") : undefined;
    // The schema's name stands for its form.
    return schema === "nbjob.run/1" ? (value as RunRecord) : undefined;
  } catch {
    return undefined;
  }
}
