/** OCI ends a job run after 30 days, also one that names no maximum. */
export const longestRun = 30 * 24 * 60;

/** What a job run may take beside its work: machines are found and images pulled before, taken down after. */
const slack = 30;

/** Minutes for which a task polls: as long as the run can last. One that gives up earlier calls a good run failed. */
export function pollMinutes(maximumRuntimeInMinutes: number): number {
  return maximumRuntimeInMinutes + slack;
}
