import { compartmentIn } from "../launch/placement.ts";
import { NbjobError } from "../text/errors.ts";
import { columns } from "../text/columns.ts";
import { oneLine } from "../text/one-line.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { text } from "./options.ts";

/** The compartment that a list is of. */
export function compartmentFor(invocation: Invocation, { env }: CommandContext): string {
  const compartment = text(invocation, "compartmentId") ?? compartmentIn(plainEnvironment(env));
  if (compartment !== undefined) return compartment;
  throw new NbjobError("usage", "No compartment is known", {
    remedy: "Name it with --compartment-id or NBJOB_OCI_COMPARTMENT, or name a job file or a job's OCID.",
  });
}

/** The first items of a list, as many as are wanted. */
export async function firstOf<T>(items: AsyncIterable<T>, invocation: Invocation): Promise<readonly T[]> {
  const written = text(invocation, "limit") ?? "50";
  if (!/^[1-9]\d*$/.test(written)) throw new NbjobError("usage", "--limit takes a number above zero");
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
    if (found.length >= Number(written)) break;
  }
  return found;
}

/** Without what was deleted, which Data Science lists for a while. */
export async function* present<T extends { readonly lifecycleState: string }>(
  items: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  for await (const item of items) if (item.lifecycleState !== "DELETED") yield item;
}

export interface Listing<T> {
  readonly items: readonly T[];
  readonly heads: readonly string[];
  readonly cells: (item: T) => readonly string[];
  /** Of `--output wide`, behind the others. */
  readonly wide: { readonly heads: readonly string[]; readonly cells: (item: T) => readonly string[] };
  readonly id: (item: T) => string;
  readonly json: (item: T) => unknown;
  /** As in `job runs`. */
  readonly what: string;
}

/** Prints a list in the form that was asked for. An empty table says so on stderr. */
export function printListing<T>(listing: Listing<T>, invocation: Invocation, { log }: CommandContext): void {
  const { items, heads, cells, wide, id, json, what } = listing;
  const format = text(invocation, "output") ?? "text";
  if (format === "json") {
    log.print(JSON.stringify(items.map(json), undefined, 2));
    return;
  }
  if (items.length === 0) {
    log.info(`No ${what} were found`);
    return;
  }
  if (format === "name") {
    log.print(items.map(id).join("\n"));
    return;
  }
  const isWide = format === "wide";
  const rows = items.map((item) => [...cells(item), ...(isWide ? wide.cells(item) : []), id(item)].map(oneLine));
  log.print(columns([[...heads, ...(isWide ? wide.heads : []), "OCID"], ...rows]).join("\n"));
}
