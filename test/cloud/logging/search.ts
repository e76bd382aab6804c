import type { Exchange } from "../http/exchange.ts";
import { invalidParameter, notAuthorizedOrNotFound } from "../http/refusal.ts";
import type { Route } from "../http/service.ts";
import { Models } from "../models/models.ts";
import type { LogRecord, Logs, StoredLog } from "./logs.ts";
import { parseQuery, type Fields, type Query, type Stream } from "./query.ts";

interface SearchDetails {
  readonly timeStart: string;
  readonly timeEnd: string;
  readonly searchQuery: string;
  readonly isReturnFieldInfo?: boolean | null;
}

interface Found {
  readonly log: StoredLog;
  readonly record: LogRecord;
  readonly fields: Fields;
}

/** The longest stretch of time that one search may look at. */
const maximumWindow = 14 * 24 * 3_600_000;

/** The search of log content, API 20190909. */
export function searchRoute(logs: Logs): Route {
  const models = new Models("oci-loggingsearch");
  return {
    operation: "SearchLogs",
    method: "POST",
    path: "/20190909/search",
    permissions: ["LOG_CONTENT_READ"],
    handle: async (exchange) => {
      const body = await exchange.json();
      models.check("SearchLogsDetails", body);
      // What the fields are, the model has just said.
      await search(logs, exchange, body as unknown as SearchDetails);
    },
  };
}

async function search(logs: Logs, exchange: Exchange, details: SearchDetails): Promise<void> {
  const { from, to } = windowOf(details);
  const limit = limitOf(exchange.query);
  const { start, at } = pageOf(exchange.query.get("page"), logs.now);
  const query = parseQuery(details.searchQuery);
  const found = query.streams
    .flatMap((stream) => logsOf(logs, stream))
    .flatMap((log) => logs.records(log.id, at).map((record) => ({ log, record, fields: fieldsOf(record) })))
    .filter(({ record }) => record.time >= from && record.time < to)
    .filter(({ fields }) => query.where(fields));
  if (found.length > logs.settings.searchMaximum) {
    throw invalidParameter("The search result is too large: narrow the time range or the query.");
  }
  const items = sorted(found, query).slice(start, start + limit);
  const next = start + limit;
  const more = next < found.length;
  const fields = details.isReturnFieldInfo === true ? fieldInfo : undefined;
  await exchange.reply(
    200,
    {
      results: items.map((item) => ({ data: dataOf(logs, item) })),
      ...(fields === undefined ? {} : { fields }),
      summary: { resultCount: items.length, fieldCount: fields?.length ?? null },
    },
    more ? { "opc-next-page": Buffer.from(`${next}@${at}`).toString("base64") } : {},
  );
}

function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get("limit") ?? 100);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw invalidParameter("The limit must be from 1 to 1000.");
}

/** Where a page starts, and of which moment's records: what arrives later is on no further page. */
function pageOf(token: string | null, now: number): { readonly start: number; readonly at: number } {
  if (token === null) return { start: 0, at: now };
  const [, start, at] = /^(\d+)@([\d.]+)$/.exec(Buffer.from(token, "base64").toString()) ?? [];
  if (start === undefined || at === undefined) throw invalidParameter("The page token is not one of this search.");
  return { start: Number(start), at: Number(at) };
}

function windowOf({ timeStart, timeEnd }: SearchDetails): { readonly from: number; readonly to: number } {
  const [from, to] = [Date.parse(timeStart), Date.parse(timeEnd)];
  if (to - from < 1) throw invalidParameter("timeEnd must be at least 1 millisecond after timeStart.");
  if (to - from > maximumWindow) throw invalidParameter("The time range must be at most 14 days.");
  return { from, to };
}

/**
 * The logs that a stream names.
 * @throws {Refusal} 404 where something named is not there, or is not in what is named before it
 */
function logsOf(logs: Logs, { compartmentId, logGroupId, logId }: Stream): readonly StoredLog[] {
  const all = [...logs.logs.values()].filter((log) => log.compartmentId === compartmentId);
  if (logGroupId === undefined) return all;
  if (logs.groups.get(logGroupId)?.compartmentId !== compartmentId) throw notAuthorizedOrNotFound();
  const inGroup = all.filter((log) => log.logGroupId === logGroupId);
  if (logId === undefined) return inGroup;
  const named = inGroup.filter(({ id }) => id === logId);
  if (named.length === 0) throw notAuthorizedOrNotFound();
  return named;
}

function fieldsOf({ id, time, source, type, subject, message }: LogRecord): Fields {
  const iso = new Date(time).toISOString();
  return { id, source, type, subject, time: iso, datetime: iso, "data.message": message };
}

/** In the order asked for, and as they arrived where that says nothing. */
function sorted(found: readonly Found[], { sort }: Query): readonly Found[] {
  const { field, descending } = sort ?? { field: "datetime", descending: true };
  const sign = descending ? -1 : 1;
  return found.toSorted((a, b) => {
    const [left, right] = [a.fields[field] ?? "", b.fields[field] ?? ""];
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

function dataOf(logs: Logs, { log, record }: Found): Readonly<Record<string, unknown>> {
  const { id, source, type, subject, time, visibleAt, message } = record;
  return {
    datetime: time,
    logContent: {
      data: { message },
      id,
      oracle: {
        compartmentid: log.compartmentId,
        ingestedtime: new Date(visibleAt).toISOString(),
        loggroupid: log.logGroupId,
        logid: log.id,
        tenantid: logs.tenancy,
      },
      source,
      specversion: "1.0",
      subject,
      time: new Date(time).toISOString(),
      type,
    },
  };
}

const fieldInfo = ["data.message", "id", "source", "subject", "time", "type"].map((name) => ({
  fieldName: `logContent.${name}`,
  fieldType: "STRING",
}));
