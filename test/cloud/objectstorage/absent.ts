import type { Exchange } from "../http/exchange.ts";
import { limitOf } from "../http/paging.ts";
import { Refusal } from "../http/refusal.ts";
import type { Route } from "../http/service.ts";
import { bucketOf } from "./buckets.ts";
import { timestamp } from "./description.ts";
import { listPage } from "./listing.ts";
import type { Storage } from "./storage.ts";

/** What no bucket here has, but clients ask for before they empty one: versions, replication, retention, lifecycles. */
export function absentRoutes(storage: Storage, maximumPage: number): readonly Route[] {
  const bucket = "/n/{namespace}/b/{bucket}";
  const nothing = (operation: string, path: string, answer: unknown): Route => ({
    operation,
    method: "GET",
    path: `${bucket}/${path}`,
    permissions: ["BUCKET_READ"],
    handle: async (exchange) => {
      bucketOf(storage, exchange);
      await exchange.reply(200, answer);
    },
  });
  return [
    nothing("ListReplicationPolicies", "replicationPolicies", []),
    nothing("ListReplicationSources", "replicationSources", []),
    nothing("ListRetentionRules", "retentionRules", { items: [] }),
    {
      operation: "GetObjectLifecyclePolicy",
      method: "GET",
      path: `${bucket}/l`,
      permissions: ["BUCKET_READ"],
      handle: (exchange) => {
        const { name } = bucketOf(storage, exchange);
        const refusal = new Refusal(404, "LifecyclePolicyNotFound", `The bucket '${name}' has no lifecycle policy.`);
        return Promise.reject(refusal);
      },
    },
    {
      operation: "ListObjectVersions",
      method: "GET",
      path: `${bucket}/objectversions`,
      permissions: ["OBJECT_INSPECT"],
      handle: (exchange) => listVersions(storage, exchange, maximumPage),
    },
  ];
}

/** Each object has the one version that it is. */
async function listVersions(storage: Storage, exchange: Exchange, maximumPage: number): Promise<void> {
  const bucket = bucketOf(storage, exchange).name;
  const { query } = exchange;
  const token = query.get("page");
  const page = listPage(storage.names(bucket), {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    start: token === null ? (query.get("start") ?? "") : Buffer.from(token, "base64").toString(),
    startAfter: query.get("startAfter") ?? "",
    end: query.get("end") ?? "",
    limit: limitOf(query, maximumPage),
  });
  const items = page.names.map((name) => {
    const { etag, bytes, md5, timeCreated, timeModified } = storage.object(bucket, name);
    const times = { timeCreated: timestamp(timeCreated), timeModified: timestamp(timeModified) };
    return { name, size: bytes, md5, etag, ...times, versionId: etag, isDeleteMarker: false };
  });
  const next = page.next === undefined ? {} : { "opc-next-page": Buffer.from(page.next).toString("base64") };
  await exchange.reply(200, { items, prefixes: page.prefixes }, next);
}
