import { joinLocation, type Location } from "../storage/location.ts";
import type { Stores } from "../storage/stores.ts";
import { readWhole } from "../storage/transfer.ts";
import { NbjobError } from "../text/errors.ts";
import { recordName, type RunRecord } from "./record.ts";

/** A notebook of a hundred thousand cells has less. */
const maxBytes = 64 * 1024 * 1024;

/**
 * The record in an output folder; undefined where there is none, or what is there is no record of ours.
 * @throws NbjobError where it cannot be read
 */
export async function readRecord(
  stores: Stores,
  outputFolder: Location,
  signal?: AbortSignal,
): Promise<RunRecord | undefined> {
  try {
    const location = joinLocation(outputFolder, recordName);
    const { bytes } = await readWhole(stores, location, { maxBytes, ...(signal === undefined ? {} : { signal }) });
    return recordIn(bytes.toString("utf8"));
  } catch (error) {
    if (error instanceof NbjobError && error.reason === "not-found") return undefined;
    throw error;
  }
}

function recordIn(text: string): RunRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isRecord = typeof value === "object" && value !== null && "schema" in value && value.schema === "nbjob.run/1";
    // Records are written by this program alone, and their schema says of which kind they are.
    return isRecord ? (value as RunRecord) : undefined;
  } catch {
    return undefined;
  }
}
