import { networkFailure } from "../../http/network-failure.ts";
import { NbjobError } from "../../text/errors.ts";
import type { Credentials } from "../auth/credentials.ts";
import { type Grant, readBucket, remedyStatement, writeBucket } from "../grants.ts";
import { credentialHint, tell } from "../service-error.ts";
import { ServiceFailure } from "../service-failure.ts";
import type { ObjectStorageClient } from "./client.ts";
import { Damaged } from "./body.ts";
import { bucketTarget, type ObjectName } from "./names.ts";

export type Doing = "read" | "write" | "list" | "delete";

/**
 * A failure of Object Storage as an `NbjobError`: what it means, the service's own code and request id, and where
 * permission may be missing the policy statement that would give it.
 */
export async function storageFailure(
  client: ObjectStorageClient,
  error: unknown,
  name: ObjectName,
  doing: Doing,
): Promise<unknown> {
  const shown = `oci://${name.bucket}@${name.namespace}/${name.object}`;
  if (error instanceof Damaged) {
    return new NbjobError("unreachable", `${shown} cannot be ${past[doing]} whole: ${error.message}`, {
      location: shown,
      cause: error,
    });
  }
  if (!(error instanceof ServiceFailure)) {
    const endpoint = await client.connection.endpoint("objectstorage").catch(() => undefined);
    return endpoint === undefined ? error : networkFailure(error, shown, new URL(endpoint).host);
  }
  const credentials = await client.connection.credentials();
  const details = { location: shown, cause: error };
  const told = tell(error);
  if (error.status === 401) {
    return new NbjobError("not-authorized", `OCI does not accept ${credentials.description}${told}.`, {
      ...details,
      remedy: credentialHint(error, credentials.principal),
    });
  }
  if (error.code === "ObjectNotFound" || (error.status === 404 && error.code === "UploadNotFound")) {
    return new NbjobError(
      doing === "write" ? "output-folder" : "not-found",
      `${shown} does not exist${told}.`,
      details,
    );
  }
  if (error.status === 404 || error.status === 403) return refused(client, error, { name, doing, shown, credentials });
  if (error.status === 412) {
    const what = doing === "write" ? "exists already" : "changed while it was read";
    return new NbjobError(doing === "write" ? "output-folder" : "unreachable", `${shown} ${what}${told}.`, details);
  }
  if (error.status === 429 || error.status >= 500 || error.status === 408) {
    return new NbjobError(
      "unreachable",
      `${shown} cannot be ${past[doing]}: Object Storage still fails${told}.`,
      details,
    );
  }
  if (error.code.startsWith("Unmatched")) {
    return new NbjobError("unreachable", `${shown} was damaged on its way each time it was sent${told}.`, details);
  }
  const reason = doing === "write" || doing === "delete" ? "output-folder" : "not-found";
  const detail = error.detail === "" ? "" : ` ${error.detail}`;
  return new NbjobError(reason, `${shown} cannot be ${past[doing]}${told}.${detail}`, details);
}

const past: Readonly<Record<Doing, string>> = { read: "read", write: "written", list: "listed", delete: "deleted" };

interface Refused {
  readonly name: ObjectName;
  readonly doing: Doing;
  readonly shown: string;
  readonly credentials: Credentials;
}

/** The service says the same of a bucket that is not there and of one that may not be seen: a second look tells more. */
async function refused(
  client: ObjectStorageClient,
  error: ServiceFailure,
  { name, doing, shown, credentials }: Refused,
): Promise<NbjobError> {
  const details = { location: shown, cause: error };
  const told = tell(error);
  const statement = `${remedyStatement(grantFor(name.bucket, doing), credentials)} (a new policy may take 15 minutes to hold)`;
  const bucketIsThere = error.status === 403 || (await succeeds(client, bucketTarget(name)));
  if (bucketIsThere) {
    return new NbjobError(
      "not-authorized",
      `${shown} may not be ${past[doing]} with ${credentials.description}${told}.`,
      {
        ...details,
        remedy: `A policy that allows it: ${statement}`,
      },
    );
  }
  const reason = doing === "write" || doing === "delete" ? "output-folder" : "not-found";
  const namespace = await ownNamespace(client);
  if (namespace !== undefined && namespace !== name.namespace) {
    return new NbjobError(
      reason,
      `${shown} cannot be ${past[doing]}: its namespace is not that of the tenancy, ${namespace}${told}.`,
      {
        ...details,
        remedy: `Is it oci://${name.bucket}@${namespace}/${name.object}?`,
      },
    );
  }
  const message = `${shown} cannot be ${past[doing]}: there is no bucket ${name.bucket}, or ${credentials.description} may not use it${told}.`;
  return new NbjobError(reason, message, {
    ...details,
    remedy: `If the bucket exists in this region, a policy that allows it: ${statement}`,
  });
}

function grantFor(bucket: string, doing: Doing): Grant {
  return doing === "read" || doing === "list" ? readBucket(bucket) : writeBucket(bucket);
}

async function succeeds(client: ObjectStorageClient, target: string): Promise<boolean> {
  try {
    await client.call(
      { method: "GET", target, signal: AbortSignal.timeout(10_000) },
      { what: "looking closer", take: (answer) => answer.body.dump() },
    );
    return true;
  } catch {
    return false;
  }
}

async function ownNamespace(client: ObjectStorageClient): Promise<string | undefined> {
  try {
    const request = { method: "GET" as const, target: "/n/", signal: AbortSignal.timeout(10_000) };
    const text = await client.call(request, { what: "looking closer", take: (answer) => answer.body.text() });
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
