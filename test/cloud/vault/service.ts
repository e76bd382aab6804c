import type { Exchange } from "../http/exchange.ts";
import { invalidParameter, notAuthorizedOrNotFound } from "../http/refusal.ts";
import type { Route, Service } from "../http/service.ts";
import type { Secrets, SecretVersion, StoredSecret } from "./secrets.ts";

const permissions = ["SECRET_BUNDLE_READ"];

/** Secret Retrieval, API 20190301: what a secret holds, by its OCID or by its name in a vault. */
export function vaultService(secrets: Secrets): Service {
  const routes: readonly Route[] = [
    {
      operation: "GetSecretBundleByName",
      method: "POST",
      path: "/20190301/secretbundles/actions/getByName",
      permissions,
      handle: (exchange) => {
        const [name, vaultId] = [required(exchange, "secretName"), required(exchange, "vaultId")];
        return reply(exchange, secrets.byName(name, vaultId));
      },
    },
    {
      operation: "GetSecretBundle",
      method: "GET",
      path: "/20190301/secretbundles/{secretId}",
      permissions,
      handle: (exchange) => reply(exchange, secrets.byId(exchange.parameter("secretId"))),
    },
  ];
  return { name: "secrets", denied: notAuthorizedOrNotFound, routes };
}

function required(exchange: Exchange, name: string): string {
  const value = exchange.query.get(name);
  if (value === null || value === "") throw invalidParameter(`The query parameter ${name} is required.`);
  return value;
}

async function reply(exchange: Exchange, secret: StoredSecret | undefined): Promise<void> {
  const version = secret === undefined ? undefined : wanted(exchange, secret);
  if (secret === undefined || version === undefined) throw notAuthorizedOrNotFound();
  const isCurrent = version === secret.versions.at(-1);
  await exchange.reply(
    200,
    {
      secretId: secret.id,
      timeCreated: new Date(version.timeCreated).toISOString(),
      versionNumber: version.number,
      versionName: null,
      secretBundleContent: { contentType: "BASE64", content: version.content },
      timeOfDeletion: null,
      timeOfExpiry: null,
      stages: isCurrent ? ["CURRENT", "LATEST"] : ["PREVIOUS"],
      metadata: null,
    },
    { etag: `${secret.id}-${version.number}` },
  );
}

function wanted({ query }: Exchange, { versions }: StoredSecret): SecretVersion | undefined {
  const number = query.get("versionNumber");
  if (number !== null) return versions.find((version) => version.number === Number(number));
  switch (query.get("stage") ?? "CURRENT") {
    case "CURRENT":
    case "LATEST":
      return versions.at(-1);
    case "PREVIOUS":
      return versions.at(-2);
    case "PENDING":
    case "DEPRECATED":
      return undefined;
    default:
      throw invalidParameter("stage is one of CURRENT, PENDING, LATEST, PREVIOUS and DEPRECATED.");
  }
}
