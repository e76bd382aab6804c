import { NbjobError } from "../text/errors.ts";
import type { Hope } from "./retry.ts";

/** What went wrong between us and a server that did not answer, or not to the end. */
export type NetworkFault =
  | "name"
  | "refused"
  | "certificate"
  | "protocol"
  | "timeout"
  | "broken"
  | "proxy"
  | "behind-proxy";

const faults: Readonly<Record<string, NetworkFault>> = {
  ENOTFOUND: "name",
  EAI_AGAIN: "name",
  EAI_FAIL: "name",
  EAI_NODATA: "name",
  EAI_NONAME: "name",
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  ENETDOWN: "refused",
  EHOSTDOWN: "refused",
  EADDRNOTAVAIL: "refused",
  UND_ERR_CONNECT_TIMEOUT: "refused",
  ETIMEDOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  ECONNRESET: "broken",
  ECONNABORTED: "broken",
  EPIPE: "broken",
  UND_ERR_SOCKET: "broken",
  UND_ERR_INFO: "broken",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "broken",
  UND_ERR_PRX_TLS: "certificate",
  EPROTO: "protocol",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate",
  UNABLE_TO_GET_ISSUER_CERT: "certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate",
  CERT_UNTRUSTED: "certificate",
  CERT_HAS_EXPIRED: "certificate",
  CERT_NOT_YET_VALID: "certificate",
  CERT_SIGNATURE_FAILURE: "certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate",
};

/** The fault behind an error of the HTTP client, wherever in its chain of causes it stands; undefined for anything else. */
export function networkFault(error: unknown): NetworkFault | undefined {
  for (const each of causes(error)) {
    const status = proxyStatus(each);
    // The proxy is there, and what lies behind it is not.
    if (status !== undefined) return status === 429 || status >= 500 ? "behind-proxy" : "proxy";
    const code = codeOf(each);
    const fault = faults[code ?? ""] ?? (code?.startsWith("ERR_SSL_") === true ? "protocol" : undefined);
    if (fault !== undefined) return fault;
    if (each.name === "HTTPParserError") return "broken";
  }
  return undefined;
}

/** Whether a fault may be gone at the next try. */
export function hopeOfNetwork(error: unknown): Hope | undefined {
  const fault = networkFault(error);
  if (fault === "name" || fault === "refused") return { unreached: true };
  return fault === "timeout" || fault === "broken" || fault === "behind-proxy" ? {} : undefined;
}

/**
 * A network fault as an `NbjobError` that says what to look at.
 *
 * @param shown what was asked for, as it may be shown
 * @param host the server's name and port
 */
export function networkFailure(error: unknown, shown: string, host: string): unknown {
  const fault = networkFault(error);
  if (fault === undefined) return error;
  const code =
    causes(error)
      .map(codeOf)
      .findLast((each) => each !== undefined) ?? "";
  const [what, remedy] = sentences[fault](host, code);
  return new NbjobError("unreachable", `${shown} cannot be reached: ${what}.`, {
    location: shown,
    cause: error,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

const sentences: Readonly<
  Record<NetworkFault, (host: string, code: string) => readonly [what: string, remedy?: string]>
> = {
  name: (host) => [
    `the name ${host} cannot be resolved`,
    "Check its spelling, this machine's DNS, and HTTPS_PROXY if a proxy leads out.",
  ],
  refused: (host, code) => [
    code === "ECONNREFUSED" ? `${host} refuses connections` : `nothing answers at ${host}`,
    "Check the address, the network's routes and rules, and HTTPS_PROXY if a proxy leads out.",
  ],
  certificate: (host, code) =>
    code === "ERR_TLS_CERT_ALTNAME_INVALID"
      ? [`the certificate of ${host} is for another name`]
      : code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID"
        ? [`the certificate of ${host} is not valid now (${code})`, "Check this machine's clock."]
        : [
            `the certificate of ${host} is not signed by an authority that this machine trusts (${code})`,
            "Name the authority's certificate file in NODE_EXTRA_CA_CERTS.",
          ],
  protocol: (host) => [`${host} does not speak TLS as expected`, "Is it an http:// address?"],
  timeout: (host) => [`${host} stopped answering`],
  broken: (host) => [`${host} broke the connection off`],
  "behind-proxy": (host) => [`the proxy cannot reach ${host}`],
  proxy: (host) => [
    `the proxy refuses to connect to ${host}`,
    "Check HTTPS_PROXY, its user and password, and NO_PROXY.",
  ],
};

/** What a proxy answered that would not connect. */
function proxyStatus({ message }: Error): number | undefined {
  const status = /Proxy response \((\d+)\)/.exec(message)?.[1];
  return status === undefined ? undefined : Number(status);
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  let each = error;
  while (each instanceof Error && chain.length < 8) {
    chain.push(each);
    // Of several addresses tried in parallel, one tells enough.
    each = each.cause ?? (each instanceof AggregateError ? each.errors[0] : undefined);
  }
  return chain;
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
