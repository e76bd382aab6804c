/** argv → a command, its operands and options; commander does the reading, and is loaded only when there is something to read. */
import { Command as Commander, CommanderError, InvalidArgumentError, Option as CommanderOption } from "commander";
import { suggest } from "../spec/suggest.ts";
import { NbjobError } from "../text/errors.ts";
import type { Command, Invocation, Option } from "./command.ts";
import { globalOptions, pairSeparator } from "./options.ts";

/** What the words of a command line ask for. */
export type Parsed =
  | { readonly kind: "run"; readonly command: Command; readonly invocation: Invocation }
  /** Help was asked for: text for stdout. */
  | { readonly kind: "text"; readonly text: string };

export interface ProgramText {
  readonly name: string;
  readonly description: string;
  readonly footer: string;
  readonly version: string;
}

/**
 * @throws NbjobError with reason `usage` for words that no command takes.
 */
export async function parse(
  words: readonly string[],
  commands: readonly Command[],
  program: ProgramText,
): Promise<Parsed> {
  let parsed: Parsed | undefined;
  let output = "";
  let complaint = "";
  const root = new Commander(program.name)
    .description(program.description)
    .version(program.version, "-V, --version", "print the version")
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => void (output += text),
      writeErr: (text) => void (complaint += text),
    })
    .addHelpText("after", program.footer);
  for (const [position, command] of commands.entries()) {
    const sub = root
      .command(command.operands === undefined ? command.name : `${command.name} ${command.operands}`, {
        isDefault: position === 0,
      })
      .summary(command.summary)
      .description(command.summary)
      .exitOverride()
      .allowExcessArguments(false);
    for (const option of [...command.options, ...globalOptions]) sub.addOption(toCommander(option));
    if (command.help !== undefined) sub.addHelpText("after", `\n${command.help}`);
    sub.action(() => {
      parsed = { kind: "run", command, invocation: { operands: sub.args, values: sub.opts() } };
    });
  }
  try {
    await root.parseAsync(joinPairs(words, commands), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "text", text: output.replaceAll(pairName, "<name value>") };
    if (error.code === "commander.excessArguments") throw tooMany(complaint, words[0], commands);
    throw usage(complaint.trim() === "" ? error.message : complaint);
  }
  if (parsed === undefined) return { kind: "text", text: output };
  return parsed;
}

/** More words than the command takes: a misspelt command is read as a job file, and papermill's users name the output second. */
function tooMany(complaint: string, first = "", commands: readonly Command[]): NbjobError {
  const { message } = usage(complaint);
  const meant = suggest(
    first,
    commands.map(({ name }) => name),
  );
  const remedy =
    meant === undefined || meant === first
      ? "One file runs at a time; --output-folder says where its outputs go."
      : `Did you mean the command ${meant}?`;
  return new NbjobError("usage", message, { remedy });
}

function usage(complaint: string): NbjobError {
  const [first = "", ...rest] = complaint
    .trim()
    .replace(/^error: /, "")
    .split("\n");
  const suggestion = rest
    .join(" ")
    .trim()
    .replace(/^\(|\)$/g, "");
  return new NbjobError("usage", first.charAt(0).toUpperCase() + first.slice(1), {
    remedy: suggestion === "" ? "Try --help." : suggestion,
  });
}

/** Commander knows operands of one word only. */
const pairName = "<name_value>";

function toCommander(option: Option): CommanderOption {
  const made = new CommanderOption(option.flags.replace("<name value>", pairName), option.description);
  if (option.choices !== undefined) made.choices([...option.choices]);
  if (option.repeatable === true) {
    made.argParser((word: string, before: unknown) => {
      if (option.pair === true && !word.includes(pairSeparator)) {
        throw new InvalidArgumentError("It takes a name and a value, two words.");
      }
      return [...(Array.isArray(before) ? before : []), word];
    });
  }
  return made;
}

/** `-p name value` → `-p=name NUL value`, so that values may begin with a dash, and a job file may follow. */
function joinPairs(words: readonly string[], commands: readonly Command[]): string[] {
  const flags = new Map<string, string>();
  for (const command of commands) {
    for (const option of command.options) {
      if (option.pair !== true) continue;
      const [short = "", long = ""] = option.flags.split(/[ ,]+/);
      flags.set(short, long).set(long, long);
    }
  }
  const joined: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") return [...joined, ...words.slice(at)];
    const long = flags.get(word);
    const [name, value] = [words[at + 1], words[at + 2]];
    if (long === undefined) {
      joined.push(word);
      continue;
    }
    if (name === undefined || value === undefined) {
      throw new NbjobError("usage", `${word} takes a name and a value, two words`, {
        remedy: `For example: ${word} alpha 0.1`,
      });
    }
    joined.push(`${long}=${name}${pairSeparator}${value}`);
    at += 2;
  }
  return joined;
}
