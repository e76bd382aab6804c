import type { CommandContext } from "./command.ts";

/** The process's environment as those below take it: every name has a value. */
export function plainEnvironment(env: CommandContext["env"]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
