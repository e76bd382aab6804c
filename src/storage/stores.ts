import type { Log } from "../text/log.ts";
import type { Location } from "./location.ts";
import type { Store } from "./store.ts";

export interface StoreOptions {
  /** The environment: proxies, credentials, regions and endpoints are looked up here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<Log, "debug" | "info" | "warn">;
}

/** The stores of one run, each opened when the first location of its kind is met. */
export interface Stores {
  store(location: Location): Store;
  /** Ends kept connections. */
  close(): Promise<void>;
}

/** A store that may hold connections. */
export interface ClosableStore extends Store {
  close?(): Promise<void>;
}

/**
 * Opens the stores lazily: what a run does not use (an HTTP client, OCI) is not even loaded.
 */
export function openStores(options: StoreOptions): Stores {
  const opened = new Map<Location["kind"], Promise<ClosableStore>>();
  const openers: Record<Location["kind"], () => Promise<ClosableStore>> = {
    file: async () => (await import("./stores/file.ts")).fileStore,
    http: async () => (await import("./stores/https.ts")).openHttpsStore(options),
    oci: async () => (await import("./stores/oci.ts")).openOciStore(options),
  };
  const open = (location: Location): Promise<ClosableStore> => {
    const store = opened.get(location.kind) ?? openers[location.kind]();
    opened.set(location.kind, store);
    return store;
  };
  const lazy: Store = {
    read: async (location, more) => (await open(location)).read(location, more),
    write: async (location, source, more) => (await open(location)).write(location, source, more),
    head: async (location, more) => (await open(location)).head(location, more),
    delete: async (location, more) => (await open(location)).delete(location, more),
    async *list(folder, more) {
      yield* (await open(folder)).list(folder, more);
    },
  };
  return {
    store: () => lazy,
    async close() {
      for (const store of await Promise.allSettled(opened.values())) {
        if (store.status === "fulfilled") await store.value.close?.();
      }
    },
  };
}
