import type { JobSpec } from "../spec/jobspec.ts";
import { startCheckpoints } from "./checkpoint.ts";
import { conclude, failureOf, type Ended, type RunResult } from "./conclude.ts";
import { executeWithRetries } from "./attempts.ts";
import type { RunHost, RunOptions } from "./host.ts";
import { Journal, outputFolderError } from "./journal.ts";
import { checkOutputMount } from "./mounts.ts";
import { Publisher } from "./publish.ts";
import { RunMask } from "./secrets.ts";
import { stage, type Staged } from "./stage.ts";
import { supervise, type Supervision } from "./supervise.ts";
import { describeError } from "../text/describe.ts";
import { sweepMarkIn } from "./sweep-mark.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

/** How long publishing may take after a cancel, beside the grace of the work itself. */
const publishGrace = 15_000;
/** And how long the last record, whatever went before. */
const recordGrace = 30_000;

/**
 * The life of a run, from job spec to exit code: begin the record, stage, execute, publish, conclude.
 * Publishing happens whatever execute did; only a run that could not be staged has nothing to publish but its record.
 * @throws NbjobError with reason `output-folder` (or `not-authorized`, `unreachable`) where the output folder cannot be written: nothing has run then.
 */
export async function run(spec: JobSpec, host: RunHost, options: RunOptions = {}): Promise<RunResult> {
  const supervision = supervise(host.signals, (signal, again) =>
    host.log.warn(
      again ? `${signal} again: no more waiting` : `${signal}: stopping the work, then publishing what there is`,
    ),
  );
  const mask = new RunMask(spec, { ...host.env, ...spec.environment.variables }, host.log);
  const workspace = await createWorkspace(host.tempFolder);
  const journal = new Journal(spec, {
    store: host.stores.store(spec.outputFolder),
    now: host.now,
    version: host.version,
    image: host.env["NBJOB_IMAGE"],
    sweep: sweepMarkIn(host.env),
    mask: (text) => mask.text(text),
  });
  try {
    await checkOutputMount(spec, host);
    const ended =
      (await begin(spec, journal, supervision)) ??
      (await live(spec, { workspace, host, options, supervision, journal, mask }));
    const result = await conclude(spec, ended, journal, host, lastBudget(journal, supervision));
    if (result.publishedAll && options.keepWorkspace !== true) await workspace.remove();
    else host.log.warn(`The run's files are still in ${workspace.root}`);
    return result;
  } catch (error) {
    await workspace.remove();
    throw error;
  } finally {
    supervision.outlast();
  }
}

/** The record of work that ran is waited for until the run is cancelled; one that did nothing has little to tell. */
function lastBudget({ record }: Journal, supervision: Supervision): AbortSignal {
  const ran = record.seconds.execute !== null;
  return ran ? supervision.publishBudget(recordGrace) : AbortSignal.timeout(recordGrace);
}

/**
 * The first record proves that the output folder can be written, before anything is spent.
 * @returns how the run ended, where it was cancelled meanwhile: a record that says `running` may be on its way already
 */
async function begin(spec: JobSpec, journal: Journal, supervision: Supervision): Promise<Ended | undefined> {
  try {
    await journal.write(supervision.stop);
    return undefined;
  } catch (error) {
    if (supervision.cause?.kind === "canceled") return failureOf(error, supervision.cause);
    throw outputFolderError(spec.outputFolder, error);
  }
}

interface Parts {
  readonly workspace: Workspace;
  readonly host: RunHost;
  readonly options: RunOptions;
  readonly supervision: Supervision;
  readonly journal: Journal;
  readonly mask: RunMask;
}

/** stage → execute → publish; a failure of ours on the way ends as a failed run, never as a lost one. */
async function live(spec: JobSpec, parts: Parts): Promise<Ended> {
  const { workspace, host, options, supervision, journal, mask } = parts;
  let staged: Staged;
  try {
    journal.enter("stage");
    staged = await stage(spec, workspace, host, options, supervision.stop);
    mask.learn(staged.secrets);
    journal.staged(staged);
    await journal.write(supervision.stop);
  } catch (error) {
    return failureOf(error, supervision.cause);
  }

  journal.enter("execute");
  const kernel = staged.work.kind === "notebook" ? `, kernel ${staged.work.kernel.name}` : "";
  host.log.info(`Running ${journal.record.work?.location ?? "the work"}${kernel}`);
  const publisher = new Publisher(spec, staged, host);
  const checkpoints = startCheckpoints(spec.checkpoint, publisher, journal, host);
  const ended = await executeWithRetries(spec, staged, { host, supervision, mask, publisher, journal }).then(
    (outcome): Ended => ({ outcome, outputs: [], error: undefined }),
    (error: unknown) => failureOf(error, supervision.cause),
  );
  await checkpoints.stop();

  journal.enter("publish");
  journal.finish(ended.outcome);
  return { ...ended, ...(await publish(publisher, ended, host, supervision, journal)) };
}

/** Publishes for the last time, within the budget that a cancel leaves. */
async function publish(
  publisher: Publisher,
  ended: Ended,
  host: RunHost,
  supervision: Supervision,
  journal: Journal,
): Promise<Partial<Ended>> {
  const budget = supervision.publishBudget(publishGrace);
  try {
    await journal
      .write(budget)
      .catch((error: unknown) => host.log.warn(`run.json cannot be written yet: ${describeError(error).join(" ")}`));
    const outputs = await publisher.publish(budget, "last");
    for (const pattern of publisher.unmatched) host.log.warn(`outputs: nothing matches ${JSON.stringify(pattern)}`);
    return { outputs };
  } catch (error) {
    return { error: ended.error ?? error, outputsLost: true };
  }
}
