import { createInterface } from "node:readline";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext } from "./command.ts";

/**
 * Asks on a terminal whether to go on. Anything but `yes` is a no.
 * @throws NbjobError `usage` where nobody can be asked
 */
export async function confirm(
  question: string,
  { log }: Pick<CommandContext, "log">,
  remedy = "Say --yes to do it, or --dry-run to see what it would send.",
): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new NbjobError("usage", "Nothing was changed: there is no terminal to ask on", {
      remedy,
    });
  }
  log.print(`${question} Only "yes" is a yes:`);
  await log.flush();
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) return line.trim() === "yes";
    return false;
  } finally {
    lines.close();
  }
}
