import type { OciSpec } from "../spec/jobspec.ts";
import type { Problem } from "../text/errors.ts";
import type { Placement } from "./job-details.ts";

type Environment = Readonly<Record<string, string>>;

/** What Data Science sets in job runs and notebook sessions, behind nbjob's own names. */
const projectNames = ["NBJOB_OCI_PROJECT", "PROJECT_OCID"] as const;
const compartmentNames = [
  "NBJOB_OCI_COMPARTMENT",
  "JOB_RUN_COMPARTMENT_OCID",
  "PROJECT_COMPARTMENT_OCID",
  "NB_SESSION_COMPARTMENT_OCID",
] as const;

export function projectIn(env: Environment): string | undefined {
  return first(env, projectNames);
}

export function compartmentIn(env: Environment): string | undefined {
  return first(env, compartmentNames);
}

/** Where the job belongs: as the job file says, else where this program itself runs. */
export function placementOf(
  oci: Pick<OciSpec, "projectId" | "compartmentId">,
  env: Environment,
): { readonly placement: Placement; readonly problems: readonly Problem[] } {
  const projectId = oci.projectId ?? projectIn(env) ?? "";
  const compartmentId = oci.compartmentId ?? compartmentIn(env) ?? "";
  const problems: Problem[] = [];
  for (const [key, value, name] of [
    ["projectId", projectId, projectNames[0]],
    ["compartmentId", compartmentId, compartmentNames[0]],
  ] as const) {
    if (value !== "") continue;
    problems.push({
      key,
      message: `${key} is missing, and this is no job run that would have one.`,
      remedy: `Add it to the job file, or set ${name}.`,
    });
  }
  return { placement: { projectId, compartmentId }, problems };
}

function first(env: Environment, names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
}
