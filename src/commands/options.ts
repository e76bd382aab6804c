import { levels, logFormats } from "../text/log.ts";
import type { Invocation, Option } from "./command.ts";

/** Options that every command knows. */
export const globalOptions: readonly Option[] = [
  { flags: "--log-format <format>", description: "how lines are written", choices: logFormats },
  { flags: "--log-level <level>", description: "the least level of nbjob's own lines", choices: levels },
  { flags: "--debug", description: "show debug lines, and stack traces of failures" },
];

/** Options that change a job file's values without editing it. */
export const overrideOptions: readonly Option[] = [
  {
    flags: "-p, --parameters <name value>",
    description: "a parameter, typed as papermill types it",
    repeatable: true,
    pair: true,
  },
  { flags: "-r, --parameters_raw <name value>", description: "a parameter kept as text", repeatable: true, pair: true },
  { flags: "-f, --parameters_file <file>", description: "a YAML file of parameters", repeatable: true },
  { flags: "-y, --parameters_yaml <yaml>", description: "parameters as YAML text", repeatable: true },
  { flags: "--set <key=value>", description: "any value of the job file, by its dotted key", repeatable: true },
  { flags: "--output-folder <location>", description: "where the outputs go" },
  { flags: "-k, --kernel <name>", description: "the kernel to run the notebook with" },
];

/** The text of an option that takes one word. */
export function text(invocation: Invocation, name: string): string | undefined {
  const value = invocation.values[name];
  return typeof value === "string" ? value : undefined;
}

/** The words of a repeatable option, in order. */
export function texts(invocation: Invocation, name: string): readonly string[] {
  const value = invocation.values[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

/** The pairs of a repeatable option that takes a name and a value, in order. */
export function pairs(invocation: Invocation, name: string): readonly (readonly [string, string])[] {
  return texts(invocation, name).map((item): readonly [string, string] => {
    const cut = item.indexOf(pairSeparator);
    return [item.slice(0, cut), item.slice(cut + 1)];
  });
}

/** Stands between a pair's name and value on its way through the parser, which knows options of one word only. */
export const pairSeparator = "\u0000";
