import { parseDuration } from "../spec/quantity.ts";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { text } from "./options.ts";

/** The milliseconds of an option that takes a duration. */
export function optionalDuration(invocation: Invocation, name: string): number | undefined {
  return read(text(invocation, name), `--${name}`);
}

/** The milliseconds of a variable that holds a duration. */
export function durationIn(env: CommandContext["env"], name: string): number | undefined {
  return read(env[name] || undefined, name);
}

function read(written: string | undefined, name: string): number | undefined {
  if (written === undefined) return undefined;
  const milliseconds = parseDuration(written);
  if (milliseconds !== undefined) return milliseconds;
  throw new NbjobError("usage", `${name} takes a duration, as in 30m or 1h30m`);
}
