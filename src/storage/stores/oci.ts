import { NbjobError } from "../../text/errors.ts";
import { displayLocation, type Location } from "../location.ts";
import type { Store } from "../store.ts";
import type { StoreOptions } from "../stores.ts";

/** Object Storage: not there yet, and says so. */
export function openOciStore(_options: StoreOptions): Store {
  return {
    read: async (location) => refuse(location),
    write: async (location) => refuse(location),
    head: async (location) => refuse(location),
    delete: async (location) => refuse(location),
    // eslint-disable-next-line require-yield -- it refuses before there is anything to yield
    async *list(folder) {
      refuse(folder);
    },
  };
}

function refuse(location: Location): never {
  const shown = displayLocation(location);
  throw new NbjobError(
    "invalid-job-file",
    `${shown} lies in Object Storage, which comes with a later version of nbjob.`,
    {
      location: shown,
    },
  );
}
