import {
  inspectParameters,
  languageOf,
  largestNotebook,
  parametersCell,
  readNotebook,
  type DeclaredParameter,
  type Notebook,
} from "../notebook/index.ts";
import { asFolder, displayLocation, parseLocation, type Location } from "../storage/location.ts";
import { openStores } from "../storage/stores.ts";
import { readWhole } from "../storage/transfer.ts";
import { columns, shortened } from "../text/columns.ts";
import { oneLine } from "../text/one-line.ts";
import type { CommandContext, Invocation } from "./command.ts";

/** A longer default would leave no room for the comment; `--json` has it whole. */
const longestDefault = 48;

/**
 * `nbjob inspect NOTEBOOK`: the parameters it declares, with type, default and comment, as a table.
 * With `--json` a list of `{name, type, default, help}`, each null where the notebook does not tell; `null` where its
 * language cannot be read.
 */
export async function inspectCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const [named = ""] = invocation.operands;
  const location = parseLocation(named, { baseFolder: asFolder({ kind: "file", path: context.cwd }), reason: "usage" });
  const notebook = await read(location, context);
  const parameters = inspectParameters(notebook, languageOf(notebook));
  if (invocation.values["json"] === true) {
    const readable = parameters ?? (parametersCell(notebook) === undefined ? [] : undefined);
    context.log.print(JSON.stringify(readable?.map(asRecord) ?? null, undefined, 2));
  } else if (parameters === undefined || parameters.length === 0) {
    context.log.print(`${displayLocation(location)} ${nothingDeclared(notebook, parameters === undefined)}`);
  } else {
    for (const line of table(parameters)) context.log.print(line);
  }
  return 0;
}

async function read(location: Location, { env, log }: CommandContext): Promise<Notebook> {
  const stores = openStores({ env, log });
  try {
    const { bytes } = await readWhole(stores, location, { maxBytes: largestNotebook });
    return readNotebook(bytes, displayLocation(location), { warn: (message) => log.warn(message) });
  } finally {
    await stores.close();
  }
}

function asRecord({ name, type, defaultText, help }: DeclaredParameter): Readonly<Record<string, string | null>> {
  return { name, type: type ?? null, default: defaultText === "" ? null : defaultText, help: help ?? null };
}

/** The end of a sentence that the notebook's name begins. */
function nothingDeclared(notebook: Notebook, unreadable: boolean): string {
  const cell = parametersCell(notebook);
  if (cell === undefined) {
    return 'declares no parameters: no cell is tagged "parameters". Those given to a run are set in a cell put before all others.';
  }
  const place = `its cell ${cell + 1}, tagged "parameters",`;
  if (!unreadable) return `declares no parameters: ${place} assigns nothing.`;
  const language = languageOf(notebook);
  return language === undefined
    ? `does not say its language, so that ${place} cannot be read.`
    : `is in ${JSON.stringify(language)}, a language in which ${place} cannot be read.`;
}

function table(parameters: readonly DeclaredParameter[]): string[] {
  const rows = parameters.map(({ name, type = "-", defaultText, help = "" }) => [
    name,
    oneLine(type),
    defaultText === "" ? "-" : shortened(oneLine(defaultText), longestDefault),
    oneLine(help),
  ]);
  const commented = rows.some(([, , , help]) => help !== "");
  return columns([["NAME", "TYPE", "DEFAULT", ...(commented ? ["HELP"] : [])], ...rows]);
}
