/** Trading a key that a service trusts for a short-lived session token: signed JSON posts to OCI's auth services. */
import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Dispatcher } from "undici";
import type { Clock } from "../../http/clock.ts";
import { hopeOfNetwork, networkFailure } from "../../http/network-failure.ts";
import { withRetries } from "../../http/retry.ts";
import { NbjobError } from "../../text/errors.ts";
import { signatureHeaders, type SigningKey } from "../signing.ts";

export interface FederationOptions {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
}

class Refused extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(`HTTP ${status}: ${text.slice(0, 300)}`);
    this.status = status;
  }
}

/**
 * Sends a signed request to an auth service and returns the JSON object it answers with.
 *
 * @throws NbjobError `not-authorized` where it refuses, `unreachable` where it does not answer
 */
export async function askAuthService(
  method: "GET" | "POST",
  url: string,
  payload: Readonly<Record<string, unknown>> | undefined,
  signing: SigningKey,
  { dispatcher, clock }: FederationOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const { origin, host, pathname, search } = new URL(url);
  const bytes = payload === undefined ? undefined : Buffer.from(JSON.stringify(payload));
  const attempt = async (): Promise<Readonly<Record<string, unknown>>> => {
    const headers = await signatureHeaders(
      {
        method,
        target: pathname + search,
        host,
        now: clock.now(),
        dateHeader: "date",
        ...(bytes === undefined ? {} : { body: { bytes, contentType: "application/json" } }),
      },
      signing,
    );
    const response = await dispatcher.request({
      origin,
      path: pathname + search,
      method,
      headers: { ...headers, accept: "application/json", "user-agent": "nbjob" },
      body: bytes ?? null,
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Refused(response.statusCode, text);
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? Object.fromEntries(Object.entries(answer)) : {};
  };
  try {
    return await withRetries(attempt, {
      clock,
      policy: { totalMs: 60_000, baseMs: 300, capMs: 8_000, unreachedTries: 4 },
      hopeOf: (error) => {
        if (error instanceof Refused) return error.status === 429 || error.status >= 500 ? {} : undefined;
        return hopeOfNetwork(error);
      },
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw networkFailure(error, origin + pathname, host);
    const reason = error.status === 429 || error.status >= 500 ? "unreachable" : "not-authorized";
    throw new NbjobError(reason, `${host} gives no session token: it answers ${error.status}.`, {
      location: origin + pathname,
      cause: error,
    });
  }
}

const generate = promisify(generateKeyPair);

/** A key for one session. */
export async function newSessionKey(): Promise<{ readonly key: KeyObject; readonly publicKey: KeyObject }> {
  const { privateKey, publicKey } = await generate("rsa", { modulusLength: 2048 });
  return { key: privateKey, publicKey };
}

/** The middle of a PEM: what the auth services take keys and certificates as. */
export function bareKey(publicKey: KeyObject): string {
  return barePem(publicKey.export({ type: "spki", format: "pem" }).toString());
}

export function barePem(pem: string): string {
  return pem.replaceAll(/-----(?:BEGIN|END) [A-Z ]+-----|\s/g, "");
}

/** The `token` of an auth service's answer. */
export function tokenOf(answer: Readonly<Record<string, unknown>>, host: string): string {
  const { token } = answer;
  if (typeof token === "string" && token.trim() !== "") return token.trim();
  throw new NbjobError("unreachable", `${host} answered without a session token.`);
}
