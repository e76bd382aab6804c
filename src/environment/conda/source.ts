import { type Location, nameOf, parseLocation } from "../../storage/location.ts";
import { readWhole } from "../../storage/transfer.ts";
import type { Stores } from "../../storage/stores.ts";
import { NbjobError } from "../../text/errors.ts";

/** Which conda pack: where it lies, or the slug of one that Data Science publishes. */
export type PackSource = ({ readonly slug: string } | { readonly location: Location }) & {
  /** The region its bucket is in, where that is another than the run's. */
  readonly region?: string;
};

type Environment = Readonly<Record<string, string>>;

/**
 * What Data Science's own variables (`CONDA_ENV_TYPE`, `CONDA_ENV_SLUG`, …) name; undefined where they name nothing.
 * @throws NbjobError `environment` where they do not say enough
 */
export function packFromVariables(env: Environment): PackSource | undefined {
  const value = (name: string): string | undefined => env[`CONDA_ENV_${name}`] || undefined;
  const [slug, namespace, bucket, object] = ["SLUG", "NAMESPACE", "BUCKET", "OBJECT_NAME"].map(value);
  const type = value("TYPE") ?? (object === undefined ? (slug === undefined ? undefined : "service") : "published");
  const region = value("REGION") === undefined ? {} : { region: value("REGION") ?? "" };
  switch (type?.toLowerCase()) {
    case undefined:
      return undefined;
    case "service":
      if (slug !== undefined) return { slug, ...region };
      throw incomplete("CONDA_ENV_TYPE=service needs CONDA_ENV_SLUG.");
    case "published":
      if (namespace === undefined || bucket === undefined || object === undefined)
        throw incomplete(
          "CONDA_ENV_TYPE=published needs CONDA_ENV_NAMESPACE, CONDA_ENV_BUCKET and CONDA_ENV_OBJECT_NAME.",
        );
      return { location: { kind: "oci", namespace, bucket, object: object.replace(/^\/+/, "") }, ...region };
    default:
      throw incomplete(`CONDA_ENV_TYPE is ${type ?? ""}, which is neither service nor published.`);
  }
}

function incomplete(message: string): NbjobError {
  return new NbjobError("environment", message, { remedy: "Set what is missing, or use environment.conda." });
}

/** Where Data Science keeps its packs: one namespace a realm. */
const bucketName = "service-conda-packs";
const namespaces: readonly (readonly [regions: RegExp, namespace: string])[] = [
  [/^ap-(chiyoda|ibaraki)-1$/, "axvucm64yaas"],
  [/^us-(langley|luke)-1$/, "ociodscprodoc2"],
  [/^us-gov-/, "ociodscprodoc3"],
];
const commonNamespace = "id19sfcrra6z";
const longestIndex = 64 * 2 ** 20;

/**
 * Finds the pack of a slug in the index that Data Science publishes; `CONDA_BUCKET_NAME` and `CONDA_BUCKET_NS` name another
 * bucket, as they do to ADS.
 * @throws NbjobError `not-found` where no pack has the slug; as the store does where the index cannot be read
 */
export async function findServicePack(
  slug: string,
  { stores, env, signal }: { readonly stores: Stores; readonly env: Environment; readonly signal?: AbortSignal },
): Promise<Location> {
  const region = env["OCI_CLI_REGION"] || env["OCI_REGION"] || "";
  const namespace =
    env["CONDA_BUCKET_NS"] || namespaces.find(([regions]) => regions.test(region))?.[1] || commonNamespace;
  const bucket = env["CONDA_BUCKET_NAME"] || bucketName;
  const index: Location = { kind: "oci", bucket, namespace, object: "service_pack/index.json" };
  const { bytes } = await readWhole(stores, index, {
    maxBytes: longestIndex,
    ...(signal === undefined ? {} : { signal }),
  });
  const packs = readIndex(Buffer.from(bytes).toString("utf8"));
  const path = packs.get(slug);
  if (path !== undefined) {
    // The index is one for all regions: its bucket and namespace are not to be trusted, the object's name is.
    const location = parseLocation(path, { reason: "environment" });
    return location.kind === "oci" ? { ...location, bucket, namespace } : location;
  }
  const stem = slug.replace(/_?p\d.*$|_?v\d+$/, "").slice(0, 8);
  const near = [...packs.keys()].filter((known) => stem.length > 2 && known.startsWith(stem)).slice(0, 5);
  throw new NbjobError("not-found", `Data Science publishes no conda pack ${slug}.`, {
    location: slug,
    remedy:
      near.length > 0
        ? `Those with a like name are ${near.join(", ")}.`
        : "Look up its slug in Data Science's Environment Explorer, or name a pack by its location.",
  });
}

/** Slug → `oci://` address. */
function readIndex(text: string): ReadonlyMap<string, string> {
  const index: unknown = JSON.parse(text);
  const list: unknown = typeof index === "object" && index !== null ? Reflect.get(index, "service_packs") : undefined;
  const packs = new Map<string, string>();
  for (const pack of Array.isArray(list) ? (list as readonly unknown[]) : []) {
    if (typeof pack !== "object" || pack === null) continue;
    const [slug, path]: unknown[] = [Reflect.get(pack, "slug"), Reflect.get(pack, "pack_path")];
    if (typeof slug === "string" && typeof path === "string") packs.set(slug, path);
  }
  return packs;
}

/** How messages call a pack that has no better name. */
export function packName(location: Location): string {
  return nameOf(location).replace(/\.(tar\.gz|tgz|tar|zip|tar\.zst|tar\.xz)$/i, "") || "pack";
}
