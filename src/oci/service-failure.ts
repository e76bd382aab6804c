import { hopeOfNetwork } from "../http/network-failure.ts";
import { type Hope, retryAfter } from "../http/retry.ts";

/** A service's answer that is not the one hoped for, with what it says of itself. */
export class ServiceFailure extends Error {
  override readonly name = "ServiceFailure";
  readonly status: number;
  /** As in `BucketNotFound`; empty where the answer has no body, as to HEAD. */
  readonly code: string;
  /** The service's own sentence. */
  readonly detail: string;
  /** What Oracle's support asks for. */
  readonly requestId: string;
  readonly retryAfterMs: number | undefined;
  /** How far our clock is ahead of the service's, in milliseconds; undefined where it does not tell the time. */
  readonly clockAheadMs: number | undefined;

  constructor(status: number, headers: (name: string) => string | undefined, body: string, now: number) {
    const { code, message } = parse(body);
    super(`${status} ${code}${message === "" ? "" : `: ${message}`}`.trim());
    this.status = status;
    this.code = code;
    this.detail = message;
    this.requestId = headers("opc-request-id") ?? "";
    this.retryAfterMs = retryAfter(headers("retry-after"), now);
    this.clockAheadMs = clockAhead(headers("date"), now);
  }
}

/** The service takes five minutes of difference; less than this is not why it refuses a signature. */
export const allowedSkewMs = 4 * 60_000;

/** Milliseconds by which our clock is ahead of a service's, by its `date` header; undefined where it does not tell the time. */
export function clockAhead(date: string | undefined, now: number): number | undefined {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? undefined : now - time;
}

function parse(body: string): { readonly code: string; readonly message: string } {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null) {
      const { code, message } = Object.fromEntries(Object.entries(value));
      return { code: typeof code === "string" ? code : "", message: typeof message === "string" ? message : "" };
    }
  } catch {
    // A proxy's page, or nothing.
  }
  return { code: "", message: body.startsWith("<") ? "" : body.slice(0, 200) };
}

const laterMayDo = new Set([408, 429, 500, 502, 503, 504]);
/** Conflicts that pass, and bodies that were damaged on their way. */
const passing = new Set([
  "IncorrectState",
  "ConcurrentObjectUpdate",
  "UnmatchedContentMD5",
  "UnmatchedContentCRC32C",
  "IncompleteBody",
]);

/** Whether a request to a service may succeed later. */
export function hopeOfService(error: unknown): Hope | undefined {
  if (!(error instanceof ServiceFailure)) return hopeOfNetwork(error);
  if (!laterMayDo.has(error.status) && !passing.has(error.code)) return undefined;
  return error.retryAfterMs === undefined ? {} : { afterMs: error.retryAfterMs };
}
