import { asFolder, displayLocation, isFolder, type Location } from "../../storage/location.ts";
import type { Stores } from "../../storage/stores.ts";
import { NbjobError } from "../../text/errors.ts";

/**
 * Whether an input can be fetched: a file's first bytes are asked for, of a folder one file.
 * @returns what there is, as a sentence's end
 * @throws NbjobError as the stores do; `not-found` for a folder with nothing in it
 */
export async function checkInput(location: Location, stores: Stores, signal: AbortSignal): Promise<string> {
  if (!isFolder(location)) return readable(location, stores, signal);
  const folder = asFolder(location);
  for await (const { location: first } of stores.store(folder).list(folder, { signal })) {
    await readable(first, stores, signal);
    return "a folder with files in it that can be read";
  }
  const shown = displayLocation(folder);
  throw new NbjobError("not-found", `${shown} holds no files.`, { location: shown });
}

async function readable(location: Location, stores: Stores, signal: AbortSignal): Promise<string> {
  const { info, body, close } = await stores.store(location).read(location, { signal });
  try {
    for await (const _chunk of body) break;
  } finally {
    close();
  }
  return info.bytes === undefined ? "it can be read" : `${info.bytes} bytes that can be read`;
}
