import type { Service } from "../http/service.ts";
import { absentRoutes } from "./absent.ts";
import { bucketRoutes } from "./buckets.ts";
import { copyRoutes } from "./copies.ts";
import { multipartRoutes } from "./multipart.ts";
import { objectRoutes } from "./objects.ts";
import { preauthenticatedRoutes } from "./preauthenticated.ts";
import { bucketNotFound, namespaceNotFound } from "./refusals.ts";
import type { Storage } from "./storage.ts";

export interface ObjectStorageOptions {
  /** Bytes that every part of a multipart upload but the last must have. */
  readonly minimumPart: number;
  /** The most objects that one ListObjects answers with. */
  readonly maximumPage: number;
}

/** Object Storage, API 20160918. */
export function objectStorageService(storage: Storage, { minimumPart, maximumPage }: ObjectStorageOptions): Service {
  return {
    name: "objectstorage",
    denied: ({ parameters: { bucket, namespace } }) =>
      bucket === undefined ? namespaceNotFound() : bucketNotFound(bucket, namespace ?? ""),
    routes: [
      ...bucketRoutes(storage),
      ...objectRoutes(storage, maximumPage),
      ...multipartRoutes(storage, minimumPart),
      ...copyRoutes(storage),
      ...preauthenticatedRoutes(storage, maximumPage),
      ...absentRoutes(storage, maximumPage),
    ],
  };
}
