import type { Assignment } from "../spec/assign.ts";
import type { JobSpec, ParameterValue } from "../spec/jobspec.ts";
import { formatFlow, nodeOf } from "../spec/yaml/flow.ts";
import { type Path, pathText } from "../spec/yaml/node.ts";
import { asFolder, formatLocation, joinLocation, type Location } from "../storage/location.ts";
import { NbjobError, type Problem } from "../text/errors.ts";
import { WholeFloat } from "../text/whole-float.ts";
import type { SweepRun } from "./expand.ts";

const place = { origin: "sweep" };

/** Where a run's outputs go. */
export function folderOf(spec: Pick<JobSpec, "outputFolder">, { name }: Pick<SweepRun, "name">): Location {
  return joinLocation(asFolder(spec.outputFolder), `runs/${name}/`);
}

/**
 * What a run has of its own, as values over those of the job file: its output folder, and its parameters. A notebook is
 * given these as parameters; a script, which has none, as environment variables.
 */
export function overridesOfRun(spec: JobSpec, run: SweepRun): readonly Assignment[] {
  const folder = formatLocation(folderOf(spec, run)).replaceAll("$", "$$$$");
  const variables = !takesParameters(spec);
  return [
    assignment(["outputFolder"], folder),
    ...Object.entries(run.parameters).map(([name, value]) =>
      variables
        ? assignment(["environment", "variables", name], asVariable(value).replaceAll("$", "$$$$"))
        : assignment(["parameters", name], value),
    ),
  ];
}

/** As `--set` takes it. */
export function setText({ path, node }: Assignment): string {
  return `${pathText(path)}=${formatFlow(node)}`;
}

/** @throws NbjobError `invalid-job-file` for parameters that a script cannot be given */
export function checkNames(spec: JobSpec, runs: readonly SweepRun[]): void {
  if (takesParameters(spec)) return;
  const names = new Set(runs.flatMap(({ parameters }) => Object.keys(parameters)));
  const problems = [...names]
    .filter((name) => !/^[A-Za-z_]\w*$/.test(name))
    .map((name): Problem => ({ key: `sweep.${name}`, message: `${JSON.stringify(name)} is no environment variable.` }));
  if (problems.length === 0) return;
  throw new NbjobError("invalid-job-file", "A script is given its sweep's parameters as environment variables", {
    problems,
  });
}

function takesParameters({ work }: JobSpec): boolean {
  return work?.kind === "notebook" || (work !== undefined && /\.ipynb$/i.test(work.entrypoint ?? ""));
}

function asVariable(value: ParameterValue): string {
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof WholeFloat) return value.value.toFixed(1);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

function assignment(path: Path, value: ParameterValue): Assignment {
  return { path, node: nodeOf(value, place), place };
}
