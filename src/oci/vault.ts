import type { OciConnection } from "./connection.ts";
import { path, type RestCall, RestClient } from "./rest.ts";

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
  const client = new RestClient(connection, "secrets", "20190301");
  const text = await client.send({ ...callFor(secret), signal }, (answer) => answer.body.text());
  return contentOf(text);
}

function callFor(secret: SecretReference): RestCall {
  const what = "reading a secret from Vault";
  if ("id" in secret) return { what, method: "GET", path: path`/secretbundles/${secret.id}` };
  const query = { secretName: secret.name, vaultId: secret.vaultId };
  return { what, method: "POST", path: "/secretbundles/actions/getByName", query };
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
