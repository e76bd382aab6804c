import type { FetchedRecord } from "../launch/record.ts";
import type { RunOutcome } from "../launch/watch/outcome.ts";
import type { Log } from "../text/log.ts";

export interface ToldOutcome extends FetchedRecord {
  readonly id: string;
  readonly outcome: RunOutcome;
}

/** The most outputs that are named. */
const mostOutputs = 20;

/** Says how a run ended: what its record has to say first, then where its outputs are, then the verdict. */
export function tellOutcome(
  { id, outcome, folder, record, why }: ToldOutcome,
  prefix: string,
  log: Pick<Log, "info" | "warn" | "error">,
): void {
  const { exitCode, message, remedy, reason } = outcome;
  if (record?.failure != null) log.error(`${prefix}${record.failure.message}`, { reason: record.reason });
  if (record?.status === "running") log.warn(`${prefix}Its run.json was left as it was while the work ran`);
  if (folder !== undefined) {
    const outputs = (record?.outputs ?? []).filter(({ status }) => status === "published");
    const known = record === undefined ? `, but ${why ?? "run.json could not be read"}` : "";
    log.info(`${prefix}The outputs are in ${folder}${known}${outputs.length === 0 ? "" : ":"}`);
    for (const { path } of outputs.slice(0, mostOutputs)) log.info(`${prefix}  ${path}`);
    if (outputs.length > mostOutputs) log.info(`${prefix}  … and ${outputs.length - mostOutputs} more`);
  }
  const verdict = `${prefix}${message}, exit code ${exitCode}`;
  const fields = { event: "run-ended", run: id, exitCode, reason: reason ?? null };
  if (exitCode === 0) log.info(verdict, fields);
  else log.error(`${verdict}${remedy === undefined ? "" : `. ${remedy}`}`, fields);
}
