import { createHash } from "node:crypto";
import type { DataScience } from "../../oci/datascience/client.ts";
import type { CreateJobRunDetails, JobRunSummary } from "../../oci/datascience/models.ts";
import { ServiceFailure } from "../../oci/service-failure.ts";
import { NbjobError } from "../../text/errors.ts";
import { mayPass } from "../watch/patience.ts";
import { messageOf } from "../../text/message-of.ts";

export interface CreateOptions {
  readonly dataScience: DataScience;
  /** Resolves when a run of the sweep has ended, which may make room for another; undefined where none runs. */
  readonly room: () => Promise<unknown> | undefined;
  /** Before the second try; doubled for each further one, a minute at most. */
  readonly pauseMs: number;
  readonly onTrouble: (message: string) => void;
  /** Nothing more is to be made. */
  readonly stop: AbortSignal;
  /** Nothing more is to be waited for. */
  readonly leave: AbortSignal;
}

/** How often a request is sent again that may not have been heard, each time after looking whether it was. */
const mostTries = 10;

/**
 * Makes a run, once. A request without an answer may have been heard: it is sent again under the same retry token, and
 * before that a run of its name is looked for, which nothing else has. Where there is no room (a limit, a quota), the end
 * of another run of the sweep is awaited.
 *
 * @param details with a name that no other run has
 * @throws NbjobError where it cannot be made; the reason of `stop` where it was not, and of `leave`
 */
export async function createOnce(details: CreateJobRunDetails, options: CreateOptions): Promise<JobRunSummary> {
  const { dataScience, room, pauseMs, onTrouble, stop, leave } = options;
  let mayExist = false;
  let refusals = 0;
  for (let tries = 1; ; tries++) {
    try {
      const made = mayExist ? await findByName(dataScience, details, leave) : undefined;
      if (made !== undefined) return made;
      stop.throwIfAborted();
      mayExist = true;
      return await dataScience.createJobRun(details, { retryToken: tokenOf(details, refusals), signal: leave });
    } catch (error) {
      leave.throwIfAborted();
      const roomAgain = isNoRoom(error) && !stop.aborted ? room() : undefined;
      if (roomAgain !== undefined) {
        // It was answered: there is none.
        mayExist = false;
        refusals += 1;
        tries = 0;
        await roomAgain;
        continue;
      }
      if (!(mayPass(error) || wasHeardBefore(error)) || tries >= mostTries) throw error;
      if (tries === 1) onTrouble(messageOf(error));
      await dataScience.connection.clock.sleep(Math.min(60_000, pauseMs * 2 ** (tries - 1)), leave);
    }
  }
}

/** A refusal for want of room: limits of the tenancy, quotas of the compartment, machines of the region. */
export function isNoRoom(error: unknown): boolean {
  const cause = error instanceof NbjobError ? error.cause : error;
  if (!(cause instanceof ServiceFailure) || cause.status === 429) return false;
  return /limit|quota|capacity/i.test(`${cause.code} ${cause.detail}`);
}

/** The token was used for a request that was not quite the same: by an earlier launch. */
function wasHeardBefore(error: unknown): boolean {
  const cause = error instanceof NbjobError ? error.cause : error;
  return cause instanceof ServiceFailure && cause.code === "InvalidatedRetryToken";
}

function tokenOf({ displayName = "" }: CreateJobRunDetails, refusals: number): string {
  return createHash("sha256").update(`${displayName}/${refusals}`).digest("hex").slice(0, 32);
}

async function findByName(
  dataScience: DataScience,
  { compartmentId, displayName }: CreateJobRunDetails,
  signal: AbortSignal,
): Promise<JobRunSummary | undefined> {
  if (displayName === undefined) return undefined;
  for await (const run of dataScience.listJobRuns({ compartmentId, displayName }, { signal })) return run;
  return undefined;
}
