import type { Plan, Step } from "./plan.ts";

const signs: Readonly<Record<Step["action"], string>> = { create: "+", change: "~", keep: "=", remove: "-" };

/** The plan as lines: a sign, the kind, the name; below a change, the fields that differ. */
export function planLines(steps: readonly Step[]): readonly string[] {
  const width = Math.max(...steps.map(({ resource }) => resource.noun.length));
  return steps.flatMap((step) => [
    `  ${signs[step.action]} ${step.resource.noun.padEnd(width)}  ${step.resource.name}`,
    ...step.differences.map(({ path, from, to }) => `      ${path}: ${shown(from)} → ${shown(to)}`),
  ]);
}

/** What the plan comes to, in one line. */
export function planSummary(steps: readonly Step[]): string {
  const count = (action: Step["action"]) => steps.filter((step) => step.action === action).length;
  const parts = [
    [count("create"), "to create"],
    [count("change"), "to change"],
    [count("remove"), "to remove"],
    [count("keep"), "as it should be"],
  ] as const;
  return `${
    parts
      .filter(([number]) => number > 0)
      .map(([number, words]) => `${number} ${words}`)
      .join(", ") || "nothing there"
  }.`;
}

/** The exact bodies that would be sent, each under its kind and name. */
export function planBodies({ steps, refs }: Plan): readonly { readonly step: string; readonly body: unknown }[] {
  return steps
    .filter(({ action }) => action !== "keep")
    .map(({ action, resource, found }) => ({
      step: `${action} ${resource.noun} ${resource.name}`,
      body: resource.body(refs, found),
    }));
}

/** What one step did, for the log. */
export function stepLine({ action, resource }: Step): string {
  const verbs = { create: "Created", change: "Changed", keep: "Kept", remove: "Removed" } as const;
  return `${verbs[action]} the ${resource.noun} ${resource.name}`;
}

/** Long values are a request's payload, which `--dry-run` shows whole. */
const longest = 100;

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
