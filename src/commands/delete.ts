import { isOver } from "../launch/watch/outcome.ts";
import type { DataScience } from "../oci/datascience/client.ts";
import { NbjobError } from "../text/errors.ts";
import { withDataScience } from "./cloud.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { confirm } from "./confirm.ts";
import { kindOfOcid } from "./run-operands.ts";
import { nameOfRun } from "./run-text.ts";

/** One thing that would go, and how it goes. */
interface Deletion {
  readonly what: string;
  readonly run: () => Promise<void>;
}

/** `nbjob delete OCID…`: says what would go, and lets it go where that is meant. */
export async function deleteCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const { log } = context;
  return withDataScience(
    context,
    async (dataScience) => {
      const deletions: Deletion[] = [];
      for (const id of new Set(invocation.operands)) deletions.push(await deletionOf(id, dataScience));
      for (const { what } of deletions) log.info(`To be deleted: ${what}`);
      const yes =
        invocation.values["yes"] === true || (await confirm("Delete it for good?", context, "Say --yes to do it."));
      if (!yes) {
        log.info("Nothing was deleted");
        return 0;
      }
      for (const { what, run } of deletions) {
        await run();
        log.info(`Deleted ${what}`);
      }
      return 0;
    },
    { quietly: true },
  );
}

async function deletionOf(id: string, dataScience: DataScience): Promise<Deletion> {
  switch (kindOfOcid(id)) {
    case "datasciencejobrun": {
      const run = await dataScience.getJobRun(id);
      if (!isOver(run.lifecycleState))
        throw goesOn(`The job run ${nameOfRun(run)}`, run.lifecycleState, `nbjob cancel ${id}`);
      return {
        what: `the job run ${nameOfRun(run)} (${run.lifecycleState}), ${id}`,
        run: () => dataScience.deleteJobRun(id),
      };
    }
    case "datasciencejob": {
      const job = await dataScience.getJob(id);
      let runs = 0;
      for await (const run of dataScience.listJobRuns({ compartmentId: job.compartmentId, jobId: id })) {
        if (!isOver(run.lifecycleState))
          throw goesOn(`Its run ${nameOfRun(run)}`, run.lifecycleState, `nbjob cancel ${run.id}`);
        if (run.lifecycleState !== "DELETED") runs += 1;
      }
      const its = runs === 0 ? "without runs" : runs === 1 ? "with its one run" : `with its ${runs} runs`;
      return { what: `the job ${job.displayName ?? ""} ${its}, ${id}`, run: () => dataScience.deleteJob(id, true) };
    }
    default:
      throw new NbjobError("usage", `${id} is the OCID of no job and of no job run`, {
        remedy: "nbjob jobs and nbjob runs list them.",
      });
  }
}

function goesOn(what: string, state: string, command: string): NbjobError {
  return new NbjobError("refused", `${what} is ${state}`, { remedy: `End it first: ${command} --wait` });
}
