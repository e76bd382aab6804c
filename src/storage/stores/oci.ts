import type { OciAnswer } from "../../oci/answer.ts";
import { OciConnection } from "../../oci/connection.ts";
import { BodyChanged } from "../../oci/objectstorage/body.ts";
import { ObjectStorageClient } from "../../oci/objectstorage/client.ts";
import { type Doing, storageFailure } from "../../oci/objectstorage/failures.ts";
import { ServiceFailure } from "../../oci/service-failure.ts";
import { putInParts } from "../../oci/objectstorage/multipart.ts";
import type { ObjectName } from "../../oci/objectstorage/names.ts";
import {
  deleteObject,
  describeAnswer,
  getObject,
  headObject,
  listObjects,
  type ObjectDescription,
} from "../../oci/objectstorage/objects.ts";
import { inMemory, putObject } from "../../oci/objectstorage/put.ts";
import type { Clock } from "../../http/clock.ts";
import { defaultRetryPolicy, type RetryPolicy } from "../../http/retry.ts";
import { TooLong } from "../../http/whole-answer.ts";
import { NbjobError } from "../../text/errors.ts";
import { ChangedBody } from "../damaged-body.ts";
import { displayLocation, isFolder, type Location } from "../location.ts";
import { objectNameProblem } from "../location/parse.ts";
import { refuseLarger } from "../size-limit.ts";
import { SourceChanged } from "../source.ts";
import type { ListOptions, ObjectInfo, ReadOptions, ReadResult, Source, WriteOptions } from "../store.ts";
import type { ClosableStore, StoreOptions } from "../stores.ts";
import { atMost, TurnsByName } from "../turns.ts";
import { checkedBody, onePiece, rangeOf, type RangeOptions } from "./oci-body.ts";
import { ProvisionalWrites, type Replaced } from "./provisional.ts";
import { readAhead, SegmentMemory } from "./read-ahead.ts";

export interface OciStoreOptions extends StoreOptions {
  readonly clock?: Clock;
  readonly retry?: RetryPolicy;
  /** How long the service may stay silent, in milliseconds. @default 60,000 */
  readonly silenceMs?: number;
  /** Objects above this size are sent in parts of it, or larger ones. @default 64 MiB */
  readonly partBytes?: number;
  /** Large objects are read in segments of this size, over several connections. @default 2 MiB */
  readonly segmentBytes?: number;
  /** Objects of this size and above are. @default 32 MiB */
  readonly readAheadFrom?: number;
  /** What one connection may bring, in bytes a second, before others are asked to help. @default 100 MiB */
  readonly fastEnough?: number;
}

const mebi = 1024 * 1024;
/** Requests with a body that are under way at a time, over all objects: more only wait for the network, with old dates. */
const uploadsAtATime = 32;
/** Files that are read for their checksums at a time, few, so that the first are sent while the next are read. */
const readsAtATime = 4;
const partThreshold = 64 * mebi;

/** Object Storage. */
export function openOciStore(options: OciStoreOptions): ClosableStore {
  return new OciStore(options);
}

class OciStore implements ClosableStore {
  readonly #connection: OciConnection;
  readonly #client: ObjectStorageClient;
  readonly #options: OciStoreOptions;
  readonly #uploads = atMost(uploadsAtATime);
  readonly #reads = atMost(readsAtATime);
  readonly #memory: SegmentMemory;
  /** A checkpoint's object that is still on its way must not arrive after the final one of that name. */
  readonly #writers = new TurnsByName();
  readonly #provisional = new ProvisionalWrites();

  constructor(options: OciStoreOptions) {
    this.#options = options;
    this.#memory = new SegmentMemory(options.segmentBytes ?? 2 * mebi, 8);
    this.#connection = new OciConnection(options);
    this.#client = new ObjectStorageClient(this.#connection, options.retry ?? defaultRetryPolicy);
  }

  async read(location: Location, options: ReadOptions = {}): Promise<ReadResult> {
    const name = nameOf(location);
    const { signal, maxBytes, expectedBytes } = options;
    if (expectedBytes !== undefined && expectedBytes <= onePiece) {
      const whole = await this.#readWhole(location, name, options);
      if (whole !== undefined) return whole;
    }
    const answer = await this.#explained(name, "read", signal, () => getObject(this.#client, name, { signal }));
    const description = describeAnswer(answer);
    try {
      refuseLarger(description.bytes, maxBytes, displayLocation(location));
    } catch (error) {
      answer.body.destroy();
      throw error;
    }
    return {
      info: infoOf(location, description),
      body: checkedBody(this.#bodyOf(name, answer, description, signal), description, displayLocation(location)),
      close: () => void answer.body.destroy(),
    };
  }

  /** A small object in one piece: of many of them, none needs a stream. Undefined for one that has become large. */
  async #readWhole(location: Location, name: ObjectName, options: ReadOptions): Promise<ReadResult | undefined> {
    const { signal, maxBytes } = options;
    try {
      const answer = await this.#explained(name, "read", signal, () =>
        getObject(this.#client, name, { signal, most: onePiece }),
      );
      const description = describeAnswer(answer);
      refuseLarger(description.bytes, maxBytes, displayLocation(location));
      return {
        info: infoOf(location, description),
        body: checkedBody(answer.body, description, displayLocation(location)),
        close: () => {},
      };
    } catch (error) {
      if (error instanceof TooLong) return undefined;
      throw error;
    }
  }

  async write(location: Location, source: Source, options: WriteOptions = {}): Promise<ObjectInfo> {
    const name = nameOf(location);
    const shown = displayLocation(location);
    const wrong = objectNameProblem(name.object);
    if (wrong !== undefined || isFolder(location)) {
      throw new NbjobError("output-folder", `${shown} ${wrong ?? "is a folder, not an object"}.`, { location: shown });
    }
    const { partBytes = partThreshold } = this.#options;
    const more = { ...options, limit: this.#uploads, ...(partBytes === partThreshold ? {} : { partBytes }) };
    const inParts = source.bytes > (source.changing === true ? Math.min(inMemory, partBytes) : partBytes);
    const write = (replaced: Replaced): Promise<ObjectDescription> =>
      inParts
        ? putInParts(this.#client, name, source, { ...more, ...replaced })
        : this.#uploads(() => putObject(this.#client, name, source, { ...options, ...replaced, reading: this.#reads }));
    const look = async (): Promise<string | undefined> => (await headObject(this.#client, name, options.signal))?.etag;
    const large = source.bytes > inMemory;
    return this.#writers.run(shown, () =>
      this.#explained(name, "write", options.signal, async () => {
        if (options.provisional === true)
          return infoOf(location, await this.#provisional.write({ key: shown, large, write, look }));
        const written = await write({});
        this.#provisional.wrote(shown, written.etag);
        return infoOf(location, written);
      }),
    );
  }

  async *list(folder: Location, options: ListOptions = {}): AsyncGenerator<ObjectInfo> {
    const name = nameOf(folder);
    const prefix = isFolder(folder) ? name : { ...name, object: `${name.object}/` };
    try {
      for await (const item of listObjects(this.#client, prefix, options.signal)) {
        yield infoOf({ kind: "oci", bucket: name.bucket, namespace: name.namespace, object: item.name }, item);
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      throw await storageFailure(this.#client, error, name, "list");
    }
  }

  async head(location: Location, options: { readonly signal?: AbortSignal } = {}): Promise<ObjectInfo | undefined> {
    const name = nameOf(location);
    const found = await this.#explained(name, "read", options.signal, () =>
      headObject(this.#client, name, options.signal),
    );
    return found === undefined ? undefined : infoOf(location, found);
  }

  async delete(location: Location, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const name = nameOf(location);
    const work = (): Promise<void> => deleteObject(this.#client, name, options.signal);
    await this.#writers.run(displayLocation(location), () => this.#explained(name, "delete", options.signal, work));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #bodyOf(
    name: ObjectName,
    answer: OciAnswer,
    { bytes, etag }: ObjectDescription,
    signal: AbortSignal | undefined,
  ): AsyncIterable<Uint8Array> {
    const { clock } = this.#connection;
    const { readAheadFrom = 32 * mebi, fastEnough = 100 * mebi } = this.#options;
    const optionsFor = (until: AbortSignal | undefined): RangeOptions => ({
      shown: displayLocation({ kind: "oci", ...name }),
      retry: this.#client.retry,
      clock,
      signal: until,
      ask: (start, end) =>
        this.#explained(name, "read", until, () => getObject(this.#client, name, { start, end, etag, signal: until })),
      explain: (error) => storageFailure(this.#client, error, name, "read"),
    });
    // Without a tag, two answers could be of two versions; without a size there is no end to ask for.
    if (bytes === undefined || etag === undefined || bytes < readAheadFrom) {
      return rangeOf(0, bytes ?? Number.MAX_SAFE_INTEGER, optionsFor(signal), answer);
    }
    let first: OciAnswer | undefined = answer;
    const range = (start: number, end: number, stop: AbortSignal): AsyncIterable<Uint8Array> => {
      const until = signal === undefined ? stop : AbortSignal.any([signal, stop]);
      const body = rangeOf(start, end, optionsFor(until), start === 0 ? first : undefined);
      first = undefined;
      return body;
    };
    return readAhead({ bytes, range, memory: this.#memory, clock, fastEnough });
  }

  async #explained<T>(
    name: ObjectName,
    doing: Doing,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof NbjobError || error instanceof SourceChanged || error instanceof TooLong) throw error;
      const shown = displayLocation({ kind: "oci", ...name });
      if (doing === "read" && error instanceof ServiceFailure && error.status === 412) throw new ChangedBody(shown);
      if (error instanceof BodyChanged) throw new SourceChanged(`What is written to ${shown} changes meanwhile.`);
      throw await storageFailure(this.#client, error, name, doing);
    }
  }
}

function nameOf(location: Location): ObjectName {
  if (location.kind !== "oci") throw new NbjobError("bug", `Object Storage was given a ${location.kind} location.`);
  return location;
}

function infoOf(location: Location, description: ObjectDescription): ObjectInfo {
  const { bytes, etag, md5, crc32c, modifiedAt, contentType } = description;
  return {
    location,
    bytes,
    ...(etag === undefined ? {} : { etag }),
    ...(md5 === undefined ? {} : { md5 }),
    ...(crc32c === undefined ? {} : { crc32c }),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}
