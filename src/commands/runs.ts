import { placementOf } from "../launch/placement.ts";
import { workName } from "../launch/work.ts";
import type { DataScience, ListJobRunsQuery } from "../oci/datascience/client.ts";
import type { JobRunSummary } from "../oci/datascience/models.ts";
import { loadForLaunch } from "../spec/launchable.ts";
import { isJobFile } from "../spec/whatis.ts";
import { openStores } from "../storage/stores.ts";
import { NbjobError } from "../text/errors.ts";
import { withDataScience } from "./cloud.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { compartmentFor, firstOf, present, printListing } from "./listing.ts";
import { kindOfOcid } from "./run-operands.ts";
import { age, rowOf } from "./run-text.ts";

/** `nbjob runs [JOB]`: job runs, newest first, with their exit codes. */
export async function runsCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const now = context.now().getTime();
  return withDataScience(
    context,
    async (dataScience) => {
      const queries = await queriesFor(invocation, context, dataScience);
      const items = await firstOf(present(newestFirst(dataScience, queries)), invocation);
      printListing<JobRunSummary>(
        {
          items,
          heads: ["NAME", "STATE", "EXIT", "AGE", "DURATION"],
          cells: (run) => {
            const { name, state, exitCode, ageMs, durationMs } = rowOf(run, now);
            return [
              name,
              state,
              exitCode === null ? "-" : String(exitCode),
              age(ageMs),
              durationMs === null ? "-" : age(durationMs),
            ];
          },
          wide: { heads: ["DETAILS"], cells: (run) => [run.lifecycleDetails ?? ""] },
          id: ({ id }) => id,
          json: (run) => ({ ...run, exitCode: rowOf(run, now).exitCode }),
          what: "job runs",
        },
        invocation,
        context,
      );
      return 0;
    },
    { quietly: true },
  );
}

/** The lists that hold the runs: one, or one for each job of a name. */
async function queriesFor(
  invocation: Invocation,
  context: CommandContext,
  dataScience: DataScience,
): Promise<readonly ListJobRunsQuery[]> {
  const [operand] = invocation.operands;
  if (operand === undefined) return [{ compartmentId: compartmentFor(invocation, context) }];
  if (kindOfOcid(operand) === "datasciencejob") {
    const { compartmentId } = await dataScience.getJob(operand);
    return [{ compartmentId, jobId: operand }];
  }
  const { compartmentId, name } = isJobFile(operand)
    ? await jobOfFile(operand, context)
    : { compartmentId: compartmentFor(invocation, context), name: operand };
  const queries: ListJobRunsQuery[] = [];
  for await (const { id } of dataScience.listJobs({ compartmentId, displayName: name })) {
    queries.push({ compartmentId, jobId: id });
  }
  if (queries.length > 0) return queries;
  throw new NbjobError("not-found", `There is no job ${name} in that compartment`, {
    remedy: "nbjob jobs lists them.",
  });
}

/** The name and compartment of the jobs that a job file makes. */
async function jobOfFile(named: string, context: CommandContext): Promise<{ compartmentId: string; name: string }> {
  const env = plainEnvironment(context.env);
  const stores = openStores({ env, log: context.log });
  try {
    const { spec, name: shown } = await loadForLaunch(named, { stores, env, cwd: context.cwd });
    const { placement } = placementOf(spec.oci, env);
    if (placement.compartmentId === "") {
      throw new NbjobError("invalid-job-file", `${shown} names no compartment`, { remedy: "Add compartmentId." });
    }
    return { compartmentId: placement.compartmentId, name: spec.oci.jobName ?? workName(spec.work) };
  } finally {
    await stores.close();
  }
}

async function* newestFirst(
  dataScience: DataScience,
  queries: readonly ListJobRunsQuery[],
): AsyncGenerator<JobRunSummary, void, undefined> {
  const [only] = queries;
  if (queries.length === 1 && only !== undefined) {
    yield* dataScience.listJobRuns(only);
    return;
  }
  const all: JobRunSummary[] = [];
  for (const query of queries) for await (const run of dataScience.listJobRuns(query)) all.push(run);
  yield* all.toSorted((a, b) => Date.parse(b.timeAccepted) - Date.parse(a.timeAccepted));
}
