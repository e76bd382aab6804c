import { NbjobError } from "../../text/errors.ts";
import { type Difference, differences } from "./differences.ts";
import { type Found, Refs, type Resource } from "./resource.ts";

/** What is to be done about one resource. */
export interface Step {
  readonly action: "create" | "change" | "keep" | "remove";
  readonly resource: Resource;
  readonly found: Found | undefined;
  readonly differences: readonly Difference[];
}

export interface Plan {
  readonly steps: readonly Step[];
  /** The keys that are known before anything is done. */
  readonly refs: Refs;
}

/**
 * Looks at everything and changes nothing.
 *
 * @param resources in the order in which they are made
 * @throws NbjobError `refused` where something of somebody else's has a name that is needed
 */
export async function plan(resources: readonly Resource[]): Promise<Plan> {
  let refs = new Refs();
  const found = new Map<Resource, Found>();
  for (const resource of resources) {
    const there = resource.below.every((ref) => refs.has(ref)) ? await resource.find(refs) : undefined;
    if (there === undefined) continue;
    if (resource.change !== undefined && !there.ours) {
      throw new NbjobError("refused", `There is a ${resource.noun} ${resource.name} that nbjob did not make.`, {
        remedy: "Give the schedule another name (schedule.name), or remove it yourself.",
      });
    }
    found.set(resource, there);
    refs = refs.with(resource.ref, there.key);
  }
  return { refs, steps: resources.map((resource) => stepFor(resource, found.get(resource), refs)) };
}

function stepFor(resource: Resource, found: Found | undefined, refs: Refs): Step {
  if (found === undefined) return { action: "create", resource, found, differences: [] };
  const different = resource.change === undefined ? [] : differences(resource.body(refs, found), found.actual);
  return { action: different.length === 0 ? "keep" : "change", resource, found, differences: different };
}

/** Whether a plan does anything. */
export function isEmpty({ steps }: Plan): boolean {
  return steps.every(({ action }) => action === "keep");
}

/**
 * Does what is planned, in order. Each step is finished before the next begins, and one that was done is found by the next
 * plan: after a failure at any place the same command goes on from there.
 *
 * @returns the keys of everything
 */
export async function apply({ steps, refs: known }: Plan, done: (step: Step) => void): Promise<Refs> {
  let refs = known;
  for (const planned of steps) {
    // Anew, since what came before may have given it other keys to name.
    const step = stepFor(planned.resource, planned.found, refs);
    const { resource, found } = step;
    if (step.action === "keep") continue;
    const body = resource.body(refs, found);
    const key =
      found === undefined || resource.change === undefined
        ? await resource.create(body, refs)
        : await resource.change(found, body, refs);
    refs = refs.with(resource.ref, key);
    done(step);
  }
  return refs;
}

/** What of nbjob's own is there to remove, the last made first. What others made, and what is only used, stays. */
export async function planRemoval(resources: readonly Resource[]): Promise<Plan> {
  let refs = new Refs();
  const steps: Step[] = [];
  for (const resource of resources) {
    const found = resource.below.every((ref) => refs.has(ref)) ? await resource.find(refs) : undefined;
    if (found === undefined) continue;
    refs = refs.with(resource.ref, found.key);
    if (!found.ours || resource.remove === undefined) continue;
    if ((await resource.mayGo?.(found, refs)) !== false)
      steps.unshift({ action: "remove", resource, found, differences: [] });
  }
  return { steps, refs };
}

export async function applyRemoval({ steps, refs }: Plan, done: (step: Step) => void): Promise<void> {
  for (const step of steps) {
    if (step.found !== undefined) await step.resource.remove?.(step.found, refs);
    done(step);
  }
}
