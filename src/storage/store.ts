import type { Patience } from "../http/patience.ts";
import type { Location } from "./location.ts";

/** What is known of one object (a file, a URL's body, an Object Storage object). */
export interface ObjectInfo {
  readonly location: Location;
  /** Size in bytes; undefined where a server does not say. */
  readonly bytes: number | undefined;
  readonly etag?: string;
  /** Base64 of the MD5 of the bytes, where the service offers it. */
  readonly md5?: string;
  /** Base64 of the big-endian CRC32C of the bytes, where the service offers it. */
  readonly crc32c?: string;
  readonly modifiedAt?: Date;
  readonly contentType?: string;
}

/** Bytes that can be read again from any point, so that a retry or a part never needs the whole in memory. */
export interface Source {
  readonly bytes: number;
  /** They may be others each time that they are read: no checksum of them can be told before they are sent. */
  readonly changing?: boolean;
  /**
   * Yields exactly the bytes of [start, end), or throws when they are no longer there. A chunk is good until the next but
   * one is asked for: its memory is used again.
   */
  open(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Refuse bodies above this many bytes with an `invalid-work` error. */
  readonly maxBytes?: number;
  /** Its size as a list has it: a small one need not be streamed. */
  readonly expectedBytes?: number | undefined;
  /** The caller checks the bytes against a pinned checksum, so that a connection without TLS is no worry. */
  readonly pinned?: boolean;
}

export interface WriteOptions {
  readonly signal?: AbortSignal;
  readonly contentType?: string;
  /** Fail instead of replacing what is there. */
  readonly ifAbsent?: boolean;
  /** How long failures of the service are put up with, shared with other writes. @default the store's own patience for each */
  readonly patience?: Patience | undefined;
  /**
   * Other bytes of the same name will follow: these must not take their place, should the service get to them later than to
   * those, as it may after a request that was given up.
   */
  readonly provisional?: boolean;
}

export interface ListOptions {
  readonly signal?: AbortSignal;
  /** Told of what lies in the folder and cannot be read as a file (a pipe, a link to nowhere), as the end of a sentence. */
  readonly onSkipped?: (location: Location, why: string) => void;
}

/** A body, and what is known of it. Whole bodies are checked against the service's checksum while they are read. */
export interface ReadResult {
  readonly info: ObjectInfo;
  /**
   * Throws an `NbjobError` where the bytes cannot be had whole; a broken connection is resumed behind it. To be read
   * once; a chunk is good until the next one is asked for.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives up a body that is not read to its end. Harmless after that. */
  readonly close: () => void;
}

/** Reads and writes one kind of location. Every method throws `NbjobError` with a reason that says what kind of failure it was. */
export interface Store {
  read(location: Location, options?: ReadOptions): Promise<ReadResult>;
  /** Replaces what is there all at once: whoever reads meanwhile sees the old bytes or the new ones. */
  write(location: Location, source: Source, options?: WriteOptions): Promise<ObjectInfo>;
  /** Everything under a folder, recursively, in no promised order. A missing folder is empty. */
  list(folder: Location, options?: ListOptions): AsyncIterable<ObjectInfo>;
  /** Undefined where there is no such object. */
  head(location: Location, options?: { readonly signal?: AbortSignal }): Promise<ObjectInfo | undefined>;
  /** Deleting what is not there is no error. */
  delete(location: Location, options?: { readonly signal?: AbortSignal }): Promise<void>;
}
