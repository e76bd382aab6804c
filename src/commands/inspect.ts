import { inspectParameters, languageOf, readNotebook } from "../notebook/index.ts";
import { openStores } from "../storage/stores.ts";
import { asFolder, displayLocation, parseLocation } from "../storage/location.ts";
import { readWhole } from "../storage/transfer.ts";
import type { CommandContext, Invocation } from "./command.ts";

/** No notebook that people wrote is larger; one that is, is mostly outputs. */
const maxBytes = 1024 * 2 ** 20;

/** `nbjob inspect NOTEBOOK`: its declared parameters, with default, type and comment. */
export async function inspectCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const [named = ""] = invocation.operands;
  const location = parseLocation(named, { baseFolder: asFolder({ kind: "file", path: context.cwd }), reason: "usage" });
  const stores = openStores({ env: context.env, log: context.log });
  try {
    const { bytes } = await readWhole(stores, location, { maxBytes });
    const notebook = readNotebook(bytes, displayLocation(location));
    const parameters = inspectParameters(notebook, languageOf(notebook));
    if (invocation.values["json"] === true) {
      context.log.print(JSON.stringify(parameters ?? [], undefined, 2));
      return 0;
    }
    if (parameters === undefined || parameters.length === 0) {
      context.log.print('No cell is tagged "parameters", or it declares none.');
      return 0;
    }
    const width = Math.max(...parameters.map(({ name }) => name.length));
    for (const { name, type, defaultText, help } of parameters) {
      const comment = help === undefined ? "" : `  # ${help}`;
      context.log.print(`${name.padEnd(width)}  ${(type ?? "unknown").padEnd(7)}  ${defaultText}${comment}`);
    }
    return 0;
  } finally {
    await stores.close();
  }
}
