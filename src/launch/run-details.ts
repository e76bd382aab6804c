import type { CreateJobRunDetails } from "../oci/datascience/models.ts";
import type { InfrastructureSpec } from "../spec/infrastructure.ts";
import { nodeGroup, type Placement } from "./job-details.ts";

/** What one run of a job has of its own. */
export interface RunRecipe extends Placement {
  readonly jobId: string;
  readonly name: string;
  /** Every variable that it needs: whether a run's replace its job's or come beside them is not documented. */
  readonly environment: Readonly<Record<string, string>>;
  readonly infrastructure: InfrastructureSpec | undefined;
  /** Lineage, beside the job file's own tags. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The request that makes a run. */
export function runDetails(recipe: RunRecipe): CreateJobRunDetails {
  const { projectId, compartmentId, jobId, name, environment, infrastructure, tags } = recipe;
  const configuration = { jobType: "DEFAULT", environmentVariables: environment } as const;
  const overrides =
    infrastructure?.nodes === undefined
      ? { jobConfigurationOverrideDetails: configuration }
      : {
          jobNodeConfigurationOverrideDetails: {
            jobNodeType: "MULTI_NODE",
            jobNodeGroupConfigurationDetailsList: [
              { name: infrastructure.nodes.name ?? nodeGroup, jobConfigurationDetails: configuration },
            ],
          },
        };
  return {
    projectId,
    compartmentId,
    jobId,
    displayName: name,
    ...overrides,
    freeformTags: { ...infrastructure?.tags?.freeform, ...tags },
    ...(infrastructure?.tags?.defined === undefined ? {} : { definedTags: infrastructure.tags.defined }),
  };
}

/** A run's name, as ADS makes it: the job's and the time, in at most the 255 characters that there may be. */
export function runName(jobName: string, at: Date, suffix = ""): string {
  const stamp = at
    .toISOString()
    .replace(/T/, "-")
    .replaceAll(/\.\d+Z$/g, "");
  const end = `-run-${stamp}${suffix}`;
  return jobName.slice(0, longestName - end.length) + end;
}

/** The most characters of a display name. */
export const longestName = 255;
