/** What lists may be asked for: filters, order, fields, pages. */
import type { Exchange } from "../http/exchange.ts";
import { pageOf } from "../http/paging.ts";
import { invalidParameter } from "../http/refusal.ts";
import type { Answer } from "../http/retry-tokens.ts";
import { textOf, type Body, type Objects, type StoredObject } from "./objects.ts";
import { viewOf } from "./views.ts";

/** The most that a list answers with at once. */
const maximum = 1000;

/** The page of `all` that the query asks for, as a collection. */
export function listAnswer(exchange: Exchange, objects: Objects, all: readonly StoredObject[]): Answer {
  const found = sorted(
    exchange.query,
    all.filter((object) => fits(exchange.query, object)),
  );
  return collection(
    exchange,
    found.map((object) => viewOf(objects, object)),
  );
}

/** The page of `items` that the query asks for, in an object. */
export function collection(exchange: Exchange, items: readonly Body[]): Answer {
  const page = pageOf(items, exchange.query, maximum);
  const body = { items: page.items.map((item) => projected(exchange.query, item)) };
  return { status: 200, body, headers: { ...page.headers, "opc-total-items": String(items.length) } };
}

/** The page of `items` that the query asks for, as an array. */
export function arrayAnswer(exchange: Exchange, items: readonly unknown[]): Answer {
  const page = pageOf(items, exchange.query, maximum);
  return { status: 200, body: page.items, headers: { ...page.headers, "opc-total-items": String(items.length) } };
}

function fits(query: URLSearchParams, object: StoredObject): boolean {
  const { body, key, aggregator } = object;
  const name = textOf(body, "name") ?? "";
  const oneOf = (parameter: string, value: unknown): boolean => {
    const wanted = query.getAll(parameter);
    return wanted.length === 0 || wanted.includes(String(value));
  };
  return (
    oneOf("name", name) &&
    name.includes(query.get("nameContains") ?? "") &&
    name.startsWith(query.get("nameStartsWith") ?? "") &&
    oneOf("identifier", body.identifier) &&
    oneOf("key", key) &&
    oneOf("type", body.modelType) &&
    oneOf("aggregatorKey", aggregator) &&
    oneOf("folderId", aggregator) &&
    oneOf("isEnabled", body.isEnabled) &&
    query.getAll("filter").every((filter) => passes(filter, body))
  );
}

/** The one form of filter that the documentation shows: `status eq Failed`. */
function passes(filter: string, body: Body): boolean {
  const [, field, value = ""] = /^\s*(\w+)\s+eq\s+(.+?)\s*$/.exec(filter) ?? [];
  if (field === undefined) throw invalidParameter(`The filter "${filter}" is not of the form "field eq value".`);
  const wanted = value.replace(/^(['"])(.*)\1$/, "$2").toUpperCase();
  // The documented example calls the state ERROR by what the console shows of it.
  const alias = wanted === "FAILED" ? "ERROR" : wanted;
  return [wanted, alias].includes(String(body[field]).toUpperCase());
}

function sorted(query: URLSearchParams, objects: readonly StoredObject[]): readonly StoredObject[] {
  const by = query.get("sortBy");
  const order = query.get("sortOrder");
  if (order !== null && order !== "ASC" && order !== "DESC") throw invalidParameter("sortOrder must be ASC or DESC.");
  if (by === null) return order === "DESC" ? objects.toReversed() : objects;
  const value = sortKeys[by];
  if (value === undefined) throw invalidParameter("sortBy must be TIME_CREATED, DISPLAY_NAME or TIME_UPDATED.");
  const ascending = objects.toSorted((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
  // Times are shown latest first where nothing is said.
  const descending = order === null ? !by.toUpperCase().includes("NAME") : order === "DESC";
  return descending ? ascending.toReversed() : ascending;
}

const name = ({ body }: StoredObject): string => textOf(body, "name") ?? "";

/** The console's own spelling works too. */
const sortKeys: Readonly<Record<string, (object: StoredObject) => number | string>> = {
  TIME_CREATED: ({ createdAt }) => createdAt,
  timeCreated: ({ createdAt }) => createdAt,
  TIME_UPDATED: ({ updatedAt }) => updatedAt,
  timeUpdated: ({ updatedAt }) => updatedAt,
  DISPLAY_NAME: name,
  displayName: name,
};

/** Only the fields asked for, and those that a client needs to read the rest. */
function projected(query: URLSearchParams, item: Body): Body {
  const fields = query.getAll("fields").flatMap((text) => text.split(","));
  if (fields.length === 0) return item;
  const wanted = new Set(["key", "modelType", ...fields]);
  return Object.fromEntries(Object.entries(item).filter(([field]) => wanted.has(field)));
}
