import type { Segment } from "../state/bodies.ts";

/** Times are milliseconds since the epoch; digests are base64. */
export interface Bucket {
  readonly name: string;
  readonly compartmentId: string;
  readonly createdBy: string;
  readonly timeCreated: number;
  readonly etag: string;
  readonly publicAccessType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly freeformTags: unknown;
  readonly definedTags: unknown;
}

/** Digests under the response headers' own names: `opc-content-crc32c`, `opc-multipart-sha256`. */
export type Checksums = Readonly<Record<string, string>>;

/** What a client says about an object beside its bytes, under the headers' own names. */
export interface Description {
  /** `content-type`, `content-encoding` and their like. */
  readonly headers: Readonly<Record<string, string>>;
  /** `opc-meta-*` without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface StoredObject extends Description {
  readonly name: string;
  readonly etag: string;
  readonly segments: readonly Segment[];
  readonly bytes: number;
  /** Base64 of the MD5; for an object made of parts, that of the parts' MD5s, a dash, and their number. */
  readonly md5: string;
  readonly checksums: Checksums;
  readonly timeCreated: number;
  readonly timeModified: number;
}

/** An unfinished multipart upload. */
export interface Upload extends Description {
  readonly id: string;
  readonly bucket: string;
  readonly object: string;
  readonly timeCreated: number;
  readonly algorithm: string | undefined;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

export interface Part {
  readonly upload: string;
  readonly number: number;
  readonly etag: string;
  readonly segment: Segment;
  readonly md5: string;
  readonly checksums: Checksums;
}

/** A pre-authenticated request: a URL that needs no signature. */
export interface Preauthenticated {
  readonly id: string;
  readonly token: string;
  readonly bucket: string;
  readonly name: string;
  readonly objectName: string | undefined;
  readonly accessType: string;
  readonly bucketListingAction: string | undefined;
  readonly timeCreated: number;
  readonly timeExpires: number;
}

export interface WorkRequest {
  readonly id: string;
  readonly compartmentId: string;
  readonly timeAccepted: number;
  readonly timeFinished: number | undefined;
  readonly failure: string | undefined;
  readonly source: string;
  readonly destination: string;
}
