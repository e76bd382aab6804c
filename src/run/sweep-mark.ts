/** Which run of which sweep this is: told to it in its environment, and by it in its record, so that a sweep knows its own. */
export interface SweepMark {
  readonly id: string;
  /** Its name in the sweep, which is its folder's. */
  readonly run: string;
  /** From 1. */
  readonly attempt: number;
}

export const sweepVariable = "NBJOB_SWEEP_RUN";

export function formatSweepMark({ id, run, attempt }: SweepMark): string {
  return `${id}/${run}/${attempt}`;
}

/** Undefined for a run on its own. */
export function sweepMarkIn(env: Readonly<Record<string, string>>): SweepMark | undefined {
  const [, id = "", run = "", attempt = ""] = /^([\w-]+)\/(\w+)\/(\d+)$/.exec(env[sweepVariable] ?? "") ?? [];
  return id === "" ? undefined : { id, run, attempt: Number(attempt) };
}
