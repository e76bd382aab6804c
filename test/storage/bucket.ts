import { type Cloud, startCloud } from "../cloud/cloud.ts";
import type { CloudOptions } from "../cloud/cloud.ts";
import type { Location } from "../../src/storage/location.ts";
import { type OciStoreOptions, openOciStore } from "../../src/storage/stores/oci.ts";
import type { Stores } from "../../src/storage/stores.ts";
import { keptLog, quickRetry } from "./server.ts";

export const mebi = 1024 * 1024;

export interface TestBucket extends AsyncDisposable {
  readonly cloud: Cloud;
  readonly stores: Stores;
  readonly log: ReturnType<typeof keptLog>;
  /** The location of an object in the cloud's bucket. */
  readonly at: (object: string) => Location;
  /** What the bucket really holds, read without the wire. */
  readonly contents: () => Promise<ReadonlyMap<string, Buffer>>;
  /** Multipart uploads that are neither finished nor aborted. */
  readonly uploads: () => number;
  /** Another store on the same bucket. */
  readonly open: (options?: Partial<OciStoreOptions>) => Stores;
}

/** A cloud, and stores that reach its bucket: parts of 1 MiB, retries that come soon. */
export async function openBucket(
  options: Partial<OciStoreOptions> = {},
  cloudOptions: CloudOptions = {},
): Promise<TestBucket> {
  const cloud = await startCloud({ minimumPart: mebi, ...cloudOptions });
  const log = keptLog();
  const opened: Stores[] = [];
  const open = (more: Partial<OciStoreOptions> = {}): Stores => {
    const env = { ...cloud.env, HOME: "/nonexistent" };
    const store = openOciStore({ env, log, retry: quickRetry, silenceMs: 4000, partBytes: mebi, ...options, ...more });
    const stores = { store: () => store, close: async () => store.close?.() };
    opened.push(stores);
    return stores;
  };
  return {
    cloud,
    stores: open(),
    log,
    open,
    at: (object) => ({ kind: "oci", bucket: "bucket", namespace: cloud.namespace, object }),
    uploads: () => [...cloud.storage.uploads.values()].length,
    async contents() {
      const found = new Map<string, Buffer>();
      for (const name of cloud.storage.names("bucket")) {
        const object = cloud.storage.object("bucket", name);
        const chunks: Uint8Array[] = [];
        for await (const chunk of cloud.storage.bodies.read(object.segments, 0, object.bytes)) chunks.push(chunk);
        found.set(name, Buffer.concat(chunks));
      }
      return found;
    },
    async [Symbol.asyncDispose]() {
      for (const stores of opened) await stores.close();
      await cloud.close();
    },
  };
}
