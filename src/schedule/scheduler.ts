import type { RunOverrides } from "./task/payload.ts";

/** One schedule, as `list` shows it. */
export interface ScheduleRow {
  readonly name: string;
  readonly enabled: boolean;
  /** When it runs, in its service's words. */
  readonly when: string;
  readonly timezone: string;
  readonly next: Date | undefined;
  readonly last: Date | undefined;
}

/** One run, as `runs` shows it. */
export interface RunRow {
  readonly id: string;
  readonly state: string;
  readonly started: Date | undefined;
  readonly ended: Date | undefined;
  /** What it says of itself: why it failed. */
  readonly message: string;
}

/** What commands ask of a schedule, whichever service keeps it. */
export interface Scheduler {
  /** Where it is kept, for sentences: `the application nbjob of the workspace nbjob`. */
  readonly place: string;
  list(): Promise<readonly ScheduleRow[]>;
  runs(name: string): Promise<readonly RunRow[]>;
  /** Returns the id of the run. @param overrides undefined: the schedule's own */
  runNow(name: string, overrides: RunOverrides | undefined): Promise<string>;
  /** Returns false where it is so already. */
  enable(name: string, enabled: boolean): Promise<boolean>;
}
