import { digestTag } from "../launch/job-details.ts";
import type { JobSummary } from "../oci/datascience/models.ts";
import { withDataScience } from "./cloud.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { compartmentFor, firstOf, present, printListing } from "./listing.ts";
import { text } from "./options.ts";
import { age } from "./run-text.ts";

/** `nbjob jobs`: jobs, newest first. */
export async function jobsCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const now = context.now().getTime();
  const compartmentId = compartmentFor(invocation, context);
  const projectId = text(invocation, "projectId");
  return withDataScience(
    context,
    async (dataScience) => {
      const query = { compartmentId, ...(projectId === undefined ? {} : { projectId }) };
      const items = await firstOf(present(dataScience.listJobs(query)), invocation);
      printListing<JobSummary>(
        {
          items,
          heads: ["NAME", "STATE", "AGE"],
          cells: ({ displayName, lifecycleState, timeCreated }) => [
            displayName ?? "",
            lifecycleState,
            age(now - Date.parse(timeCreated)),
          ],
          wide: { heads: ["DIGEST"], cells: ({ freeformTags }) => [freeformTags?.[digestTag]?.slice(0, 12) ?? "-"] },
          id: ({ id }) => id,
          json: (job) => job,
          what: "jobs",
        },
        invocation,
        context,
      );
      return 0;
    },
    { quietly: true },
  );
}
