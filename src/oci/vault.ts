import { tellRetry, withRetries } from "../http/retry.ts";
import type { OciConnection, OciRequest } from "./connection.ts";
import { hopeOfService } from "./service-failure.ts";

/** A secret by its own OCID, or by its name in a vault. */
export type SecretReference = { readonly id: string } | { readonly name: string; readonly vaultId: string };

/**
 * The bytes of a secret's current version: Secret Retrieval, API 20190301.
 *
 * @throws ServiceFailure, and what the HTTP client throws
 */
export async function readSecret(
  connection: OciConnection,
  secret: SecretReference,
  signal?: AbortSignal,
): Promise<Buffer> {
  const endpoint = await connection.endpoint("secrets");
  const text = await withRetries(
    async () => {
      const answer = await connection.send(endpoint, { ...requestFor(secret), signal });
      return answer.body.text();
    },
    {
      hopeOf: hopeOfService,
      clock: connection.clock,
      signal,
      onRetry: (error, pauseMs) =>
        tellRetry(connection.log, `Vault: reading a secret failed (${String(error)})`, pauseMs),
    },
  );
  return contentOf(text);
}

function requestFor(secret: SecretReference): OciRequest {
  const base = "/20190301/secretbundles";
  if ("id" in secret) return { method: "GET", target: `${base}/${encodeURIComponent(secret.id)}` };
  const [name, vault] = [encodeURIComponent(secret.name), encodeURIComponent(secret.vaultId)];
  return {
    method: "POST",
    target: `${base}/actions/getByName?secretName=${name}&vaultId=${vault}`,
    signed: { bytes: Buffer.alloc(0), contentType: "application/json" },
  };
}

/** Base64 is the only form there is. What is wrong is told without any of it. */
function contentOf(text: string): Buffer {
  let bundle: unknown;
  try {
    bundle = JSON.parse(text);
  } catch {
    throw new Error("Vault answered with what is no JSON.");
  }
  const content = field(field(bundle, "secretBundleContent"), "content");
  if (typeof content !== "string") throw new Error("Vault answered without the secret's content.");
  return Buffer.from(content, "base64");
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
