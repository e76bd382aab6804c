import type { Stores } from "../storage/stores.ts";
import type { Logger } from "../text/logger.ts";
import type { SignalSource } from "./supervise.ts";

/** What a run needs of the machine and the program around it. */
export interface RunHost {
  readonly log: Logger;
  readonly stores: Stores;
  readonly signals: SignalSource;
  readonly now: () => Date;
  /** nbjob's own version. */
  readonly version: string;
  /** The environment the work inherits. */
  readonly env: Readonly<Record<string, string>>;
  /** Where workspaces are made. */
  readonly tempFolder: string;
}

/** How this one run differs from what its job file says. */
export interface RunOptions {
  /** Run in this folder instead of a fresh working directory. */
  readonly cwd?: string;
  readonly keepWorkspace?: boolean;
}
