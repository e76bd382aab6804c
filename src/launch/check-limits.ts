/**
 * What Data Science would refuse for want of room or of such a shape, found before anything is uploaded. Its limits have
 * names of its own; those that speak of the shape, and of job runs, are asked. Where nobody answers, nothing is said.
 */
import type { DataScience } from "../oci/datascience/client.ts";
import { Limits } from "../oci/limits.ts";
import { suggest } from "../spec/suggest.ts";
import type { Log } from "../text/log.ts";
import { NbjobError } from "../text/errors.ts";
import { defaults, type Placement } from "./job-details.ts";
import type { InfrastructureSpec } from "../spec/infrastructure.ts";
import { messageOf } from "../text/message-of.ts";

export interface LimitsHost {
  readonly dataScience: DataScience;
  readonly log: Pick<Log, "debug">;
  readonly signal?: AbortSignal | undefined;
}

const serviceName = "data-science";
/** A shape's own limits are few; more that match by chance are not asked. */
const mostLimits = 4;

/** @throws NbjobError `refused` for a shape that is not there, too large a machine, or a limit that is used up */
export async function checkLimits(given: InfrastructureSpec, placement: Placement, host: LimitsHost): Promise<void> {
  // A cluster of one's own has limits of its own.
  if (given.computeTarget !== undefined) return;
  await Promise.all([checkShape(given, placement, host), checkRoom(given, placement, host)]);
}

async function checkShape(given: InfrastructureSpec, { compartmentId }: Placement, host: LimitsHost): Promise<void> {
  const shape = given.shape ?? defaults.shape;
  const shapes = await unlessSilent(host, async () => collected(host.dataScience.listShapes(compartmentId, host)));
  if (shapes === undefined || shapes.length === 0) return;
  const found = shapes.find(({ name }) => name === shape);
  if (found === undefined) {
    const names = shapes.map(({ name }) => name);
    const near = suggest(shape, names);
    throw new NbjobError("refused", `There is no job shape ${shape} here`, {
      remedy: near === undefined ? `There are ${names.slice(0, 8).join(", ")}.` : `Did you mean ${near}?`,
    });
  }
  const { ocpus, memoryInGBs } = sizeOf(given);
  if (!shape.endsWith(".Flex")) return;
  for (const [what, asked, most] of [
    ["OCPUs", ocpus, found.coreCount],
    ["GB of memory", memoryInGBs, found.memoryInGBs],
  ] as const) {
    if (asked > most)
      throw new NbjobError("refused", `${shape} has at most ${most} ${what}, and ${asked} are asked for`);
  }
}

async function checkRoom(given: InfrastructureSpec, { compartmentId }: Placement, host: LimitsHost): Promise<void> {
  const { dataScience, signal } = host;
  const limits = new Limits(dataScience.connection);
  const left = await unlessSilent(host, async () => {
    const { tenancy } = await dataScience.connection.credentials();
    const definitions = await collected(limits.definitions(tenancy ?? compartmentId, serviceName, signal));
    const names = definitions.flatMap(({ name }) => (name === undefined ? [] : [name]));
    const asked = needs(names, given).slice(0, mostLimits);
    return Promise.all(
      asked.map(async ({ name, needed }) => {
        const { available } = await limits.availability(serviceName, name, compartmentId, signal);
        return { name, needed, available };
      }),
    );
  });
  for (const { name, needed, available } of left ?? []) {
    if (available === undefined || available >= needed) continue;
    throw new NbjobError(
      "refused",
      `The limit ${name} of Data Science has ${available} left, and this needs ${needed}`,
      {
        remedy:
          "Wait until other runs have ended, use another shape, or have it raised in the console, under Limits, Quotas and Usage.",
      },
    );
  }
}

/** The limits that a run would use, and how much of each. */
function needs(names: readonly string[], given: InfrastructureSpec): readonly { name: string; needed: number }[] {
  const nodes = given.nodes?.replicas ?? 1;
  const { ocpus, memoryInGBs } = sizeOf(given);
  const shape = given.shape ?? defaults.shape;
  // VM.Standard.E4.Flex → standard-e4, VM.GPU.A10.1 → gpu-a10
  const words = shape
    .toLowerCase()
    .split(".")
    .slice(1)
    .filter((word) => word !== "flex" && !/^\d+$/.test(word));
  const ofShape = new RegExp(`(?:^|-)${words.join("-")}(?:-|$)`);
  return names.flatMap((name) => {
    if (/^(?:ds-)?job-?runs?-count$/.test(name)) return [{ name, needed: 1 }];
    if (!ofShape.test(name) || !shape.endsWith(".Flex")) return ofShape.test(name) ? [{ name, needed: nodes }] : [];
    return [{ name, needed: Math.ceil((name.includes("memory") ? memoryInGBs : ocpus) * nodes) }];
  });
}

function sizeOf({ ocpus = defaults.ocpus, memoryInGBs }: InfrastructureSpec): { ocpus: number; memoryInGBs: number } {
  return { ocpus, memoryInGBs: memoryInGBs ?? ocpus * defaults.memoryInGBsPerOcpu };
}

async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What a service says, if it says anything: whoever may launch may not be allowed to ask for limits. */
async function unlessSilent<T>({ log, signal }: LimitsHost, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    signal?.throwIfAborted();
    log.debug(`Limits were not checked: ${messageOf(error)}`);
    return undefined;
  }
}
