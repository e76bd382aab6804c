/** The instance metadata service, version 2, which tells a machine in OCI who it is. Plain HTTP to a link-local address. */
import type { Dispatcher } from "undici";
import { hopeOfNetwork } from "../../http/network-failure.ts";
import type { Clock } from "../../http/clock.ts";
import { withRetries } from "../../http/retry.ts";

export interface MetadataOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Never a proxy: the address means this machine. */
  readonly direct: Dispatcher;
  readonly clock: Clock;
}

const address = "http://169.254.169.254/opc/v2";

/** Whether there is such a service here: a machine outside of OCI must not wait long to learn that there is none. */
export async function metadataAnswers(options: MetadataOptions): Promise<boolean> {
  try {
    await get("instance/id", options, AbortSignal.timeout(1_500));
    return true;
  } catch {
    return false;
  }
}

/** The text at a path such as `instance/id` or `identity/cert.pem`. */
export async function readMetadata(path: string, options: MetadataOptions): Promise<string> {
  return withRetries(() => get(path, options, AbortSignal.timeout(10_000)), {
    clock: options.clock,
    policy: { totalMs: 30_000, baseMs: 200, capMs: 5_000, unreachedTries: 3 },
    hopeOf: (error) => (error instanceof Unavailable ? {} : hopeOfNetwork(error)),
  });
}

class Unavailable extends Error {}

async function get(path: string, { env, direct }: MetadataOptions, signal: AbortSignal): Promise<string> {
  const url = new URL(`${(env["OCI_METADATA_BASE_URL"] || address).replace(/\/+$/, "")}/${path}`);
  const { statusCode, body } = await direct.request({
    origin: url.origin,
    path: url.pathname,
    method: "GET",
    headers: { authorization: "Bearer Oracle" },
    signal,
  });
  const text = await body.text();
  if (statusCode === 200) return text.trim();
  const message = `The metadata service answers ${statusCode} for ${path}.`;
  throw statusCode === 429 || statusCode >= 500 ? new Unavailable(message) : new Error(message);
}
