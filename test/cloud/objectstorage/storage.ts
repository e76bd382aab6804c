import { createHash, randomUUID } from "node:crypto";
import type { Bodies, Segment } from "../state/bodies.ts";
import type { Journal, Table } from "../state/journal.ts";
import { checkWrite, type Conditions } from "./conditions.ts";
import type {
  Bucket,
  Checksums,
  Description,
  Part,
  Preauthenticated,
  StoredObject,
  Upload,
  WorkRequest,
} from "./model.ts";
import { checkBucketName, checkObjectName, compareNames } from "./names.ts";
import { bucketAlreadyExists, bucketNotFound, objectNotFound } from "./refusals.ts";

/** What an object is made of. */
export interface Content extends Description {
  readonly segments: readonly Segment[];
  readonly md5: string;
  readonly checksums: Checksums;
}

export interface StorageOptions {
  readonly bodies: Bodies;
  readonly journal: Journal;
  readonly namespace: string;
  readonly compartment: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The buckets and what is in them. Every change is atomic: there is no await between a condition and what it guards. */
export class Storage {
  readonly bodies: Bodies;
  readonly namespace: string;
  readonly compartment: string;
  readonly now: () => number;
  readonly uploads: Table<Upload>;
  readonly parts: Table<Part>;
  readonly preauthenticated: Table<Preauthenticated>;
  readonly workRequests: Table<WorkRequest>;
  readonly #buckets: Table<Bucket>;
  readonly #objects: Table<StoredObject>;
  readonly #contents = new Map<string, Map<string, StoredObject>>();
  /** Sorted names of a bucket, until its names change. */
  readonly #sorted = new Map<string, readonly string[]>();

  constructor({ bodies, journal, namespace, compartment, now }: StorageOptions) {
    this.bodies = bodies;
    this.namespace = namespace;
    this.compartment = compartment;
    this.now = now;
    this.#buckets = journal.table("bucket");
    this.#objects = journal.table("object");
    this.uploads = journal.table("upload");
    this.parts = journal.table("part");
    this.preauthenticated = journal.table("preauthenticated");
    this.workRequests = journal.table("objectstorage-work-request");
  }

  /** Takes up what the journal remembers. */
  async open(): Promise<void> {
    for (const [key, object] of this.#objects.entries()) {
      this.#contentsOf(key.slice(0, key.indexOf("/"))).set(object.name, object);
      this.bodies.hold(object.segments);
    }
    for (const { segment } of this.parts.values()) this.bodies.hold([segment]);
    await this.bodies.open();
  }

  buckets(): readonly Bucket[] {
    return [...this.#buckets.values()].toSorted((a, b) => compareNames(a.name, b.name));
  }

  /** @throws {Refusal} 404 BucketNotFound */
  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw bucketNotFound(name, this.namespace);
    return bucket;
  }

  createBucket(name: string, details: Partial<Bucket> = {}): Bucket {
    checkBucketName(name);
    if (this.#buckets.get(name) !== undefined) throw bucketAlreadyExists(name, this.namespace);
    const bucket: Bucket = {
      compartmentId: this.compartment,
      createdBy: "",
      publicAccessType: "NoPublicAccess",
      metadata: {},
      freeformTags: {},
      definedTags: {},
      ...details,
      name,
      timeCreated: this.now(),
      etag: randomUUID(),
    };
    this.#buckets.put(name, bucket);
    return bucket;
  }

  updateBucket(bucket: Bucket): Bucket {
    const updated = { ...bucket, etag: randomUUID() };
    this.#buckets.put(bucket.name, updated);
    return updated;
  }

  deleteBucket(name: string): void {
    this.#buckets.delete(name);
    this.#contents.delete(name);
    this.#sorted.delete(name);
  }

  find(bucket: string, name: string): StoredObject | undefined {
    return this.#contents.get(bucket)?.get(name);
  }

  /** @throws {Refusal} 404 ObjectNotFound */
  object(bucket: string, name: string): StoredObject {
    const object = this.find(bucket, name);
    if (object === undefined) throw objectNotFound(name, bucket);
    return object;
  }

  /** Sorted as the service lists them. */
  names(bucket: string): readonly string[] {
    const sorted = this.#sorted.get(bucket) ?? [...(this.#contents.get(bucket)?.keys() ?? [])].toSorted(compareNames);
    this.#sorted.set(bucket, sorted);
    return sorted;
  }

  /**
   * Makes or replaces an object; the segments are the object's from now on, also where this refuses.
   * @throws {Refusal} 404 without the bucket, 412 where the conditions do not hold
   */
  async put(bucket: string, name: string, content: Content, conditions: Conditions = {}): Promise<StoredObject> {
    const old = this.find(bucket, name);
    try {
      this.bucket(bucket);
      checkObjectName(name);
      checkWrite(conditions, old?.etag);
    } catch (error) {
      await this.bodies.release(content.segments);
      throw error;
    }
    const now = this.now();
    const { segments, md5, checksums, headers, metadata } = content;
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    const description = { headers, metadata, etag: randomUUID(), timeCreated: now, timeModified: now };
    const object = { name, segments, bytes, md5, checksums, ...description };
    this.#objects.put(`${bucket}/${name}`, object);
    this.#contentsOf(bucket).set(name, object);
    if (old === undefined) this.#sorted.delete(bucket);
    else await this.bodies.release(old.segments);
    return object;
  }

  /** @throws {Refusal} 404 without the object, 412 where the conditions do not hold */
  async delete(bucket: string, name: string, conditions: Conditions = {}): Promise<void> {
    const object = this.object(bucket, name);
    checkWrite(conditions, object.etag);
    this.#objects.delete(`${bucket}/${name}`);
    this.#contentsOf(bucket).delete(name);
    this.#sorted.delete(bucket);
    await this.bodies.release(object.segments);
  }

  /** Puts bytes without the wire, for tests that set a scene. */
  async putBytes(
    bucket: string,
    name: string,
    bytes: Uint8Array,
    headers: Description["headers"] = {},
  ): Promise<StoredObject> {
    const digesters = { md5: () => createHash("md5") };
    const { segment, digests } = await this.bodies.write(only(Buffer.from(bytes)), digesters);
    return this.put(bucket, name, {
      segments: [segment],
      md5: digests["md5"] ?? "",
      checksums: {},
      headers,
      metadata: {},
    });
  }

  /** The object's bytes, without the wire. */
  async bytes(bucket: string, name: string): Promise<Buffer> {
    const { segments, bytes } = this.object(bucket, name);
    const chunks: Buffer[] = [];
    for await (const chunk of this.bodies.read(segments, 0, bytes)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  #contentsOf(bucket: string): Map<string, StoredObject> {
    const contents = this.#contents.get(bucket) ?? new Map<string, StoredObject>();
    this.#contents.set(bucket, contents);
    return contents;
  }
}

async function* only(chunk: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield chunk;
}
