import { checkIfMatch } from "../http/etag.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Answer, RetryTokens } from "../http/retry-tokens.ts";
import type { Models } from "../models/models.ts";
import type { DataScience } from "./data-science.ts";
import type { Tagged } from "./model.ts";

/** What the routes share. */
export interface Wire {
  readonly dataScience: DataScience;
  readonly models: Models;
  readonly retryTokens: RetryTokens;
}

export const base = "/20190101";

/** The body, judged by its model. */
export async function bodyOf<T>({ models }: Wire, exchange: Exchange, model: string): Promise<T> {
  const body = await exchange.json();
  models.check(model, body);
  // What the fields are, the model has just said.
  return body as T;
}

/** Makes something, once for all requests with the same retry token, and answers with it. */
export async function create({ retryTokens }: Wire, exchange: Exchange, make: () => Answer): Promise<void> {
  const { status, body, headers } = await retryTokens.answer(exchange, () => Promise.resolve().then(make));
  await exchange.reply(status, body, headers);
}

/**
 * Whether a row of that state is in a list: what is gone only where it is asked for. Clients that delete whatever they
 * list depend on it.
 */
export function isListed({ query }: Exchange, state: unknown): boolean {
  return state !== "DELETED" || query.get("lifecycleState") === "DELETED";
}

/** A row with the name and the tags that an update has. */
export function renamed<T extends { readonly etag: string }>(exchange: Exchange, row: T, details: Tagged): T {
  checkIfMatch(exchange, row.etag);
  const { displayName, freeformTags, definedTags } = details;
  return {
    ...row,
    ...(displayName ? { displayName } : {}),
    ...(freeformTags ? { freeformTags } : {}),
    ...(definedTags ? { definedTags } : {}),
  };
}
