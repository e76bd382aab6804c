import type { Readable } from "node:stream";
import type { Location } from "./location.ts";

/** What is known of one object (a file, a URL's body, an Object Storage object). */
export interface ObjectInfo {
  readonly location: Location;
  /** Size in bytes; undefined where a server does not say. */
  readonly bytes: number | undefined;
  readonly etag?: string;
  /** Base64 of the MD5 of the bytes, where the service offers it. */
  readonly md5?: string;
  readonly modifiedAt?: Date;
  readonly contentType?: string;
}

/** Bytes that can be read again from any point, so that a retry or a part never needs the whole in memory. */
export interface Source {
  readonly bytes: number;
  /** Yields exactly the bytes of [start, end), or throws when they are no longer there. */
  open(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** First byte wanted; default 0. */
  readonly start?: number;
  /** Refuse bodies above this many bytes with an `invalid-work` error. */
  readonly maxBytes?: number;
}

export interface WriteOptions {
  readonly signal?: AbortSignal;
  readonly contentType?: string;
  /** Fail instead of replacing what is there. */
  readonly ifAbsent?: boolean;
}

/** Reads and writes one kind of location. Every method throws `NbjobError` with a reason that says what kind of failure it was. */
export interface Store {
  read(location: Location, options?: ReadOptions): Promise<{ readonly info: ObjectInfo; readonly body: Readable }>;
  write(location: Location, source: Source, options?: WriteOptions): Promise<ObjectInfo>;
  /** Everything under a folder, recursively, in no promised order. A missing folder is empty. */
  list(folder: Location, options?: { readonly signal?: AbortSignal }): AsyncIterable<ObjectInfo>;
  /** Undefined where there is no such object. */
  head(location: Location, options?: { readonly signal?: AbortSignal }): Promise<ObjectInfo | undefined>;
  /** Deleting what is not there is no error. */
  delete(location: Location, options?: { readonly signal?: AbortSignal }): Promise<void>;
}
