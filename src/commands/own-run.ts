import type { DataScience } from "../oci/datascience/client.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import type { Log } from "../text/log.ts";
import { describeError } from "../text/describe.ts";

/**
 * What a job file leaves out and the job run has in which this program itself runs, as settings: the image, and the log
 * group. The original container's six keys say neither.
 */
export async function settingsOfOwnRun(
  { oci, environment }: JobSpec,
  runId: string,
  { dataScience, log }: { readonly dataScience: DataScience; readonly log: Pick<Log, "info" | "warn"> },
): Promise<readonly string[]> {
  const needsImage = oci.infrastructure?.image === undefined && environment.conda === undefined;
  const needsLog = oci.logGroupId === undefined;
  if (!needsImage && !needsLog) return [];
  try {
    const run = await dataScience.getJobRun(runId);
    const image = needsImage ? await imageOf(run, dataScience) : undefined;
    const logGroupId = needsLog ? run.logDetails?.logGroupId : undefined;
    const settings = [
      ...(image === undefined ? [] : [`infrastructure.image=${JSON.stringify(image)}`]),
      ...(logGroupId === undefined ? [] : [`logGroupId=${logGroupId}`]),
    ];
    if (settings.length > 0) log.info(`As in this job run: ${settings.join(", ")}`);
    return settings;
  } catch (error) {
    log.warn(`What this job run itself has could not be read: ${describeError(error).join(" ")}`);
    return [];
  }
}

async function imageOf(
  run: Awaited<ReturnType<DataScience["getJobRun"]>>,
  dataScience: DataScience,
): Promise<string | undefined> {
  const own = run.jobEnvironmentConfigurationOverrideDetails?.image;
  return own ?? (await dataScience.getJob(run.jobId)).jobEnvironmentConfigurationDetails?.image;
}
