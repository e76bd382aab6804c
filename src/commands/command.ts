import type { Logger } from "../text/logger.ts";
import type { SignalSource } from "../run/supervise.ts";

/** What a command may touch of the process it runs in. Nothing below `commands/` reads the process itself. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** How this program is started: Node and its script, or the executable that holds both. */
  readonly program: readonly [string, ...string[]];
  readonly log: Logger;
  readonly version: string;
  readonly signals: SignalSource;
  readonly now: () => Date;
}

export interface Option {
  /** As commander writes them: `--set <key=value>`. */
  readonly flags: string;
  readonly description: string;
  readonly repeatable?: boolean;
  readonly choices?: readonly string[];
  /** Takes a name and a value, two words, as papermill's -p does. */
  readonly pair?: boolean;
}

/** Values of options by their camel-cased long name; a repeatable one is a list. */
export interface Invocation {
  readonly operands: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** A command as data. What it does is loaded only when it runs. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Operands as commander writes them: `[jobfile]`. */
  readonly operands?: string;
  readonly options: readonly Option[];
  /** Longer help: examples, the environment it reads. */
  readonly help?: string;
  /** Returns the exit code. */
  readonly load: () => Promise<(invocation: Invocation, context: CommandContext) => Promise<number>>;
}
