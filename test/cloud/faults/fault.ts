/** What goes wrong. Each kind's fields say how much. */
export type Fault =
  /** Waits before the request is looked at, and lets its body pass at a given pace. */
  | { readonly kind: "slow"; readonly milliseconds?: number; readonly bytesPerSecond?: number; readonly side?: Side }
  /** Resets the connection before the request is looked at. */
  | { readonly kind: "reset-before" }
  /** Resets the connection after so many bytes of a body; default half of it. */
  | { readonly kind: "reset-mid-body"; readonly afterBytes?: number; readonly side?: Side }
  /** Answers so, having done nothing. `retryAfter` is in seconds. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      readonly retryAfter?: number;
    }
  /** Flips a bit in the middle of a body: as it is stored, for uploads, and as it is received, for downloads. */
  | { readonly kind: "corrupt"; readonly side?: Side }
  /** Takes the whole body and does the work so much later, whether the client has waited for it or is gone. */
  | { readonly kind: "late"; readonly milliseconds: number }
  /** Does the work, then answers with this status; without one, resets the connection. */
  | { readonly kind: "error-after-commit"; readonly status?: number }
  /** Treats the request's token as expired. */
  | { readonly kind: "expire-token" }
  /** Judges the request's date by a clock that is this many seconds ahead. */
  | { readonly kind: "skew"; readonly seconds: number };

/** The body that a fault is about; default the request's for PUT, POST and PATCH, and else the response's. */
export type Side = "request" | "response";

/** When a fault happens. */
export interface FaultRule {
  readonly match?: Match;
  /** Matching requests let through first; default 0. */
  readonly skip?: number;
  /** Matching requests disturbed after that; default 1. */
  readonly times?: number;
  /** Chance of each being disturbed, from a fixed seed; default 1. */
  readonly rate?: number;
}

export interface Match {
  readonly method?: string;
  /** Tested against path and query as sent. */
  readonly path?: RegExp | string;
  /** As in `PutObject`; a string must be equal, in any case of letters. */
  readonly operation?: RegExp | string;
}

/** Whether a request is the one meant. A path given as a string is a regular expression's source. */
export function matches(match: Match, request: { method: string; target: string; operation: string }): boolean {
  const { method, path, operation } = match;
  if (method !== undefined && method.toUpperCase() !== request.method) return false;
  if (path !== undefined && !new RegExp(path).test(request.target)) return false;
  if (operation === undefined) return true;
  if (operation instanceof RegExp) return operation.test(request.operation);
  return operation.toLowerCase() === request.operation.toLowerCase();
}
