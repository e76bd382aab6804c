import type { JobSpec } from "../spec/jobspec.ts";
import { ofJobRuns } from "./job-run.ts";
import { ofLaunchers } from "./launching.ts";
import { ofScheduler } from "./scheduler.ts";
import type { DynamicGroup, Policies, PolicyOptions, Statement } from "./statement.ts";
import { usesOf } from "./uses.ts";
import { plain, words } from "./words.ts";

/**
 * The statements and dynamic groups that this job file needs: of its job runs, of whoever launches them, of its scheduler.
 * @throws NbjobError `invalid-job-file` for a name that no policy could hold
 */
export function policiesFor(spec: JobSpec, options: PolicyOptions): Policies {
  const uses = usesOf(spec);
  const compartment = uses.compartmentId ?? options.compartment ?? { what: "OCID of the compartment of the job" };
  const groupOf = (name: string, type: string, why: string): DynamicGroup => ({
    name: `${options.name}-${name}`,
    rule: words`ALL {resource.type = '${type}', resource.compartment.id = '${compartment}'}`,
    why,
  });
  return {
    name: options.name,
    dynamicGroups: [
      ...(options.broad
        ? []
        : [groupOf("job-runs", "datasciencejobrun", "Every job run in the compartment, whatever its job.")]),
      ...(uses.schedule?.with === "data-science"
        ? [groupOf("schedules", "datascienceschedule", "Every Data Science schedule in the compartment.")]
        : []),
    ],
    statements: once([
      ...ofJobRuns(uses, options),
      ...ofLaunchers(uses, options),
      ...(uses.schedule === undefined ? [] : ofScheduler(uses, uses.schedule, options)),
    ]),
  };
}

/** A bucket may be both mounted and written to. */
function once(statements: readonly Statement[]): readonly Statement[] {
  const seen = new Set<string>();
  return statements.filter(({ words: text }) => {
    const written = plain(text);
    const isNew = !seen.has(written);
    seen.add(written);
    return isNew;
  });
}
