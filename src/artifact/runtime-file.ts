import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FAILSAFE_SCHEMA, load } from "js-yaml";
import { NbjobError } from "../text/errors.ts";
import { projectFolder } from "./entrypoint.ts";

/** The name in Oracle's samples, and one that other things have too: that is read only where it is a flat map. */
const names = ["jobruntime.yaml", "jobruntime.yml", "runtime.yaml", "runtime.yml"];
/** No list of variables is longer; what is, is data. */
const longest = 1 << 20;

/**
 * The variables of a runtime YAML in an archive, as Data Science reads it: a flat map from names to values, every value
 * its text. Empty where the archive has none.
 * @throws {NbjobError} `invalid-work` where the file is something else
 */
export async function readRuntimeFile(root: string, archive: string): Promise<Readonly<Record<string, string>>> {
  for (const folder of new Set([root, await projectFolder(root)]))
    for (const name of names) {
      const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
      if (text === undefined) continue;
      try {
        return parseRuntimeFile(text, `${archive}: ${name}`);
      } catch (error) {
        if (name.startsWith("job")) throw error;
      }
    }
  return {};
}

/** @param location what the text is called in messages */
export function parseRuntimeFile(text: string, location: string): Readonly<Record<string, string>> {
  const fail = (why: string, cause?: unknown): NbjobError =>
    new NbjobError("invalid-work", `The runtime file ${location} ${why}.`, {
      location,
      remedy: "Write one variable a line, as NAME: value.",
      ...(cause === undefined ? {} : { cause }),
    });
  if (text.length > longest) throw fail("is too long");
  if (text.split("\n").every((line) => /^\s*(#|$)/.test(line))) return {};
  let document: unknown;
  try {
    document = load(text, { schema: FAILSAFE_SCHEMA });
  } catch (error) {
    throw fail(`is no YAML: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`, error);
  }
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw fail("is no map of variables");
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(document)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw fail(`has a name that is no variable's, ${JSON.stringify(name)}`);
    if (value !== null && typeof value !== "string") throw fail(`gives ${name} more than one value`);
    variables[name] = value ?? "";
  }
  return variables;
}
