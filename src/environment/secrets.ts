import { networkFailure } from "../http/network-failure.ts";
import type { OciConnection } from "../oci/connection.ts";
import { readSecret as grantOfSecret, remedyStatement } from "../oci/grants.ts";
import { credentialHint } from "../oci/service-error.ts";
import { ServiceFailure } from "../oci/service-failure.ts";
import type { SecretReference } from "../oci/vault.ts";
import { NbjobError } from "../text/errors.ts";
import type { Log } from "../text/log.ts";

export interface FetchSecretsOptions {
  /** Credentials, region and endpoints are looked up here, and `NBJOB_VAULT` for secrets that are named. */
  readonly env: Readonly<Record<string, string>>;
  readonly log: Pick<Log, "debug" | "info" | "warn">;
  readonly signal?: AbortSignal;
}

/** A vault's secrets that were fetched, and what became of the others. */
export interface FetchedSecrets {
  /** Variable name → value. */
  readonly values: Readonly<Record<string, string>>;
  /** One for each secret that could not be had. */
  readonly failures: readonly unknown[];
}

/**
 * Fetches secrets from OCI Vault: their current versions, as text.
 *
 * @param wanted variable name → a secret's OCID, `vault:<name>` in the vault that `NBJOB_VAULT` names, or `vault:<vault OCID>/<name>`
 */
export async function fetchSecrets(
  wanted: Readonly<Record<string, string>>,
  options: FetchSecretsOptions,
): Promise<FetchedSecrets> {
  const names = Object.entries(wanted);
  if (names.length === 0) return { values: {}, failures: [] };
  const { env, log, signal } = options;
  // An HTTP client and all that signs: loaded by the runs that have secrets.
  const [{ OciConnection }, { readSecret }] = await Promise.all([
    import("../oci/connection.ts"),
    import("../oci/vault.ts"),
  ]);
  const connection = new OciConnection({ env, log });
  try {
    const results = await Promise.allSettled(
      names.map(async ([variable, written]) => {
        const secret = parseReference(variable, written, env["NBJOB_VAULT"]);
        const bytes = await readSecret(connection, secret, signal).catch(async (error: unknown) => {
          signal?.throwIfAborted();
          throw await explain(error, connection, variable, written);
        });
        return [variable, asText(bytes, variable, written)] as const;
      }),
    );
    return {
      values: Object.fromEntries(results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []))),
      failures: results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : [])),
    };
  } finally {
    await connection.close();
  }
}

function parseReference(variable: string, written: string, vault: string | undefined): SecretReference {
  if (!written.startsWith("vault:")) return { id: written };
  const path = written.slice("vault:".length);
  const inVault = /^(ocid1\.vault\.[^/]+)\/(.+)$/.exec(path);
  if (inVault !== null) return { vaultId: inVault[1] ?? "", name: inVault[2] ?? "" };
  if (vault !== undefined && vault !== "") return { vaultId: vault, name: path };
  throw new NbjobError("environment", `The secret ${variable} is named ${path}, and no vault is.`, {
    location: written,
    remedy: `Set NBJOB_VAULT to the vault's OCID, or write vault:<vault OCID>/${path}.`,
  });
}

/** Variables are text; of ASCII only it would lose every password with an umlaut. */
function asText(bytes: Buffer, variable: string, written: string): string {
  const refuse = (why: string) =>
    new NbjobError("environment", `The secret ${variable} (${written}) ${why}.`, {
      location: written,
      remedy: "Store it as text: base64 of the bytes, for one.",
    });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse("is not UTF-8 text, and a variable holds nothing else");
  }
  if (text.includes("\0")) throw refuse("holds a zero byte, and a variable ends there");
  return text;
}

async function explain(error: unknown, connection: OciConnection, variable: string, written: string): Promise<unknown> {
  if (error instanceof NbjobError) return error;
  const named = `The secret ${variable} (${written})`;
  const details = { location: written, cause: error };
  if (!(error instanceof ServiceFailure)) {
    const endpoint = await connection.endpoint("secrets").catch(() => undefined);
    return endpoint === undefined ? error : networkFailure(error, written, new URL(endpoint).host);
  }
  const credentials = await connection.credentials();
  const told = [`${error.status} ${error.code}`.trim(), error.requestId && `opc-request-id ${error.requestId}`]
    .filter((part) => part !== "")
    .join(", ");
  if (error.status === 401) {
    return new NbjobError("not-authorized", `OCI does not accept ${credentials.description} (${told}).`, {
      ...details,
      remedy: credentialHint(error, credentials.principal),
    });
  }
  if (error.status === 404 || error.status === 403) {
    const message = `${named} is not there, or ${credentials.description} may not read it (${told}).`;
    const remedy = `If it exists in this region, a policy that allows it: ${remedyStatement(grantOfSecret(written), credentials)} (a new policy may take 15 minutes to hold)`;
    return new NbjobError("not-authorized", message, { ...details, remedy });
  }
  const reason = error.status === 429 || error.status === 408 || error.status >= 500 ? "unreachable" : "environment";
  const detail = error.detail === "" ? "" : ` ${error.detail}`;
  return new NbjobError(reason, `${named} cannot be read (${told}).${detail}`, details);
}
