import { parseDuration } from "../spec/quantity.ts";
import { NbjobError } from "../text/errors.ts";
import type { Invocation } from "./command.ts";
import { text } from "./options.ts";

/** The milliseconds of an option that takes a duration. */
export function optionalDuration(invocation: Invocation, name: string): number | undefined {
  const written = text(invocation, name);
  if (written === undefined) return undefined;
  const milliseconds = parseDuration(written);
  if (milliseconds !== undefined) return milliseconds;
  throw new NbjobError("usage", `--${name} takes a duration, as in 30m or 1h30m`);
}
