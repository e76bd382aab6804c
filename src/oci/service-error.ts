import { networkFailure } from "../http/network-failure.ts";
import { NbjobError, type Reason } from "../text/errors.ts";
import type { Credentials } from "./auth/credentials.ts";
import type { OciConnection } from "./connection.ts";
import type { Service } from "./endpoints.ts";
import { allowedSkewMs, ServiceFailure } from "./service-failure.ts";

export interface ServiceErrorContext {
  readonly connection: OciConnection;
  readonly service: Service;
  /** What was being done, as in `creating the job run`. */
  readonly what: string;
  /** The policy statement that would allow it, for a principal of that kind. */
  readonly policy?: ((principal: "user" | "job run" | "instance") => string) | undefined;
}

const titles: Readonly<Partial<Record<Service, string>>> = {
  datascience: "Data Science",
  dataintegration: "Data Integration",
  logging: "Logging",
  loggingsearch: "Logging",
  identity: "Identity",
};

/**
 * A failed call of a JSON service as an `NbjobError`: what was being done, the service's own sentence, code and request
 * id, and where permission may be missing the policy statement that would give it. Anything else comes back as it is.
 */
export async function serviceError(error: unknown, context: ServiceErrorContext): Promise<unknown> {
  const { connection, service, what } = context;
  const title = titles[service] ?? service;
  if (error instanceof NbjobError) return error;
  if (!(error instanceof ServiceFailure)) {
    const endpoint = await connection.endpoint(service).catch(() => undefined);
    return endpoint === undefined ? error : networkFailure(error, title, new URL(endpoint).host);
  }
  const { description, principal } = await connection.credentials();
  const told = tell(error);
  const detail = error.detail === "" ? "" : `: ${error.detail.replace(/\.$/, "")}`;
  if (error.status === 401) {
    return new NbjobError("not-authorized", `${sentence(what)}: OCI does not accept ${description}${told}.`, {
      cause: error,
      remedy: credentialHint(error, principal),
    });
  }
  if (error.status === 403 || error.status === 404) {
    const statement = context.policy?.(principal);
    return new NbjobError(
      error.status === 403 ? "not-authorized" : reasonOf404(error),
      `${sentence(what)} failed${detail}${told}.`,
      {
        cause: error,
        ...(statement === undefined
          ? {}
          : {
              remedy: `If it exists, a policy that allows it: ${statement} (a new policy may take 15 minutes to hold)`,
            }),
      },
    );
  }
  const reason: Reason = passes(error) ? "unreachable" : "refused";
  const still = passes(error) ? `${title} still fails` : `${title} refuses it`;
  const limit = /^(LimitExceeded|QuotaExceeded)$/.test(error.code) ? { remedy: limitRemedy } : {};
  return new NbjobError(reason, `${sentence(what)} failed: ${still}${detail}${told}.`, { cause: error, ...limit });
}

const limitRemedy =
  "Wait until other runs have ended, use another shape, or have the limit raised in the console, under Limits, Quotas and Usage.";

function reasonOf404({ code }: ServiceFailure): Reason {
  return code === "NotAuthorizedOrNotFound" || code === "NotAuthorized" ? "not-authorized" : "not-found";
}

function passes({ status }: ServiceFailure): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function sentence(what: string): string {
  return what.charAt(0).toUpperCase() + what.slice(1);
}

/** The service's own words for support: ` (404 BucketNotFound, opc-request-id iad-1:…)`. */
export function tell({ status, code, requestId }: ServiceFailure): string {
  const words = [
    `${status}${code === "" ? "" : ` ${code}`}`,
    ...(requestId === "" ? [] : [`opc-request-id ${requestId}`]),
  ];
  return ` (${words.join(", ")})`;
}

/** What to look at where OCI does not accept a signature. */
export function credentialHint(failure: ServiceFailure, principal: Credentials["principal"]): string {
  const hint = clockHint(failure);
  if (hint !== undefined) return hint;
  if (principal === "user") return "Check that the key belongs to the user and is not expired or deleted.";
  return "Its token may have expired before OCI gave a newer one: run it again.";
}

/** A refused signature is often a wrong clock. */
function clockHint({ clockAheadMs }: ServiceFailure): string | undefined {
  if (clockAheadMs === undefined || Math.abs(clockAheadMs) < allowedSkewMs) return undefined;
  const minutes = Math.round(Math.abs(clockAheadMs) / 60_000);
  return `This machine's clock is ${minutes} minutes ${clockAheadMs > 0 ? "ahead of" : "behind"} OCI's: set it right.`;
}
