import { randomUUID } from "node:crypto";
import { listed, requiredQuery } from "../http/collection.ts";
import { checkIfMatch } from "../http/etag.ts";
import type { Exchange } from "../http/exchange.ts";
import { notAuthorizedOrNotFound, Refusal } from "../http/refusal.ts";
import type { Answer, RetryTokens } from "../http/retry-tokens.ts";
import type { Route, Service } from "../http/service.ts";
import type { WorkRequests } from "../http/work-requests.ts";
import { Models } from "../models/models.ts";
import type { LogRow, Logs, StoredLog } from "./logs.ts";
import { searchRoute } from "./search.ts";

const base = "/20200531";

export interface LoggingOptions {
  readonly logs: Logs;
  readonly workRequests: WorkRequests;
  readonly retryTokens: RetryTokens;
}

/** Logging management, API 20200531, and the search of log content, API 20190909. What changes answers with a work request. */
export function loggingService(options: LoggingOptions): Service {
  const { logs } = options;
  const models = new Models("oci-logging");
  const context = { ...options, models };
  return {
    name: "logging",
    denied: notAuthorizedOrNotFound,
    routes: [
      ...groupRoutes(context),
      ...logRoutes(context),
      ...options.workRequests.routes(base, ["LOG_GROUP_READ"]),
      searchRoute(logs),
    ],
  };
}

/** The body of CreateLog. */
type LogDetails = Partial<StoredLog> & Pick<StoredLog, "displayName" | "logType">;

interface Context extends LoggingOptions {
  readonly models: Models;
}

function groupRoutes({ logs, retryTokens, models }: Context): readonly Route[] {
  return [
    {
      operation: "CreateLogGroup",
      method: "POST",
      path: `${base}/logGroups`,
      permissions: ["LOG_GROUP_CREATE"],
      handle: async (exchange) => {
        const details = await bodyOf<LogRow>(exchange, models, "CreateLogGroupDetails");
        const answer = await retryTokens.answer(exchange, async () => {
          const group = logs.createGroup(details.displayName, changes(details));
          return accepted(logs.workRequest("CREATE_LOG_GROUP", "loggroup", "CREATED", group));
        });
        await exchange.reply(answer.status, undefined, answer.headers);
      },
    },
    {
      operation: "ListLogGroups",
      method: "GET",
      path: `${base}/logGroups`,
      permissions: ["LOG_GROUP_INSPECT"],
      handle: async (exchange) => {
        const compartment = requiredQuery(exchange, "compartmentId");
        const rows = logs.groups.values().filter(({ compartmentId }) => compartmentId === compartment);
        const { items, headers } = listed(rows, exchange, { displayName: (row) => row.displayName }, 1000);
        await exchange.reply(
          200,
          items.map((group) => json(logs, group)),
          headers,
        );
      },
    },
    {
      operation: "GetLogGroup",
      method: "GET",
      path: `${base}/logGroups/{logGroupId}`,
      permissions: ["LOG_GROUP_READ"],
      handle: async (exchange) => {
        const group = groupOf(logs, exchange);
        await exchange.reply(200, json(logs, group), { etag: group.etag });
      },
    },
    {
      operation: "UpdateLogGroup",
      method: "PUT",
      path: `${base}/logGroups/{logGroupId}`,
      permissions: ["LOG_GROUP_UPDATE"],
      handle: async (exchange) => {
        const details = await bodyOf<Partial<LogRow>>(exchange, models, "UpdateLogGroupDetails");
        const group = groupOf(logs, exchange);
        checkIfMatch(exchange, group.etag);
        logs.groups.put(group.id, { ...group, ...changes(details), etag: randomUUID(), timeLastModified: logs.now });
        const id = logs.workRequest("UPDATE_LOG_GROUP", "loggroup", "UPDATED", group);
        await exchange.reply(202, undefined, { "opc-work-request-id": id });
      },
    },
    {
      operation: "DeleteLogGroup",
      method: "DELETE",
      path: `${base}/logGroups/{logGroupId}`,
      permissions: ["LOG_GROUP_DELETE"],
      handle: async (exchange) => {
        const group = groupOf(logs, exchange);
        checkIfMatch(exchange, group.etag);
        if (logs.logs.values().some(({ logGroupId }) => logGroupId === group.id)) {
          throw new Refusal(409, "Conflict", "The log group has logs: delete them first.");
        }
        logs.groups.delete(group.id);
        const id = logs.workRequest("DELETE_LOG_GROUP", "loggroup", "DELETED", group);
        await exchange.reply(202, undefined, { "opc-work-request-id": id });
      },
    },
  ];
}

function logRoutes({ logs, retryTokens, models }: Context): readonly Route[] {
  const path = `${base}/logGroups/{logGroupId}/logs`;
  return [
    {
      operation: "CreateLog",
      method: "POST",
      path,
      permissions: ["LOG_GROUP_CREATE", "LOG_GROUP_UPDATE"],
      handle: async (exchange) => {
        const details = await bodyOf<LogDetails>(exchange, models, "CreateLogDetails");
        const group = groupOf(logs, exchange);
        const answer = await retryTokens.answer(exchange, async () => {
          const { logType, retentionDuration = 30, isEnabled = true, configuration = null } = details;
          const more = { ...changes(details), logType, retentionDuration, isEnabled, configuration };
          const log = logs.createLog(group.id, details.displayName, more);
          return accepted(logs.workRequest("CREATE_LOG", "log", "CREATED", log));
        });
        await exchange.reply(answer.status, undefined, answer.headers);
      },
    },
    {
      operation: "ListLogs",
      method: "GET",
      path,
      permissions: ["LOG_GROUP_INSPECT"],
      handle: async (exchange) => {
        const group = groupOf(logs, exchange);
        const rows = logs.logs.values().filter(({ logGroupId }) => logGroupId === group.id);
        const filters = {
          displayName: (row: StoredLog) => row.displayName,
          logType: (row: StoredLog) => row.logType,
          lifecycleState: (row: StoredLog) => stateOf(logs, row),
        };
        const { items, headers } = listed(rows, exchange, filters, 1000);
        await exchange.reply(
          200,
          items.map((log) => logJson(logs, log)),
          headers,
        );
      },
    },
    {
      operation: "GetLog",
      method: "GET",
      path: `${path}/{logId}`,
      permissions: ["LOG_GROUP_READ"],
      handle: async (exchange) => {
        const log = logOf(logs, exchange);
        await exchange.reply(200, logJson(logs, log), { etag: log.etag });
      },
    },
    {
      operation: "UpdateLog",
      method: "PUT",
      path: `${path}/{logId}`,
      permissions: ["LOG_GROUP_UPDATE"],
      handle: async (exchange) => {
        const details = await bodyOf<Partial<StoredLog>>(exchange, models, "UpdateLogDetails");
        const log = logOf(logs, exchange);
        checkIfMatch(exchange, log.etag);
        const { isEnabled = log.isEnabled, retentionDuration = log.retentionDuration } = details;
        const changed = { ...changes(details), isEnabled, retentionDuration };
        logs.logs.put(log.id, { ...log, ...changed, etag: randomUUID(), timeLastModified: logs.now });
        const id = logs.workRequest("UPDATE_LOG", "log", "UPDATED", log);
        await exchange.reply(202, undefined, { "opc-work-request-id": id });
      },
    },
    {
      operation: "DeleteLog",
      method: "DELETE",
      path: `${path}/{logId}`,
      permissions: ["LOG_GROUP_DELETE", "LOG_GROUP_UPDATE"],
      handle: async (exchange) => {
        const log = logOf(logs, exchange);
        checkIfMatch(exchange, log.etag);
        logs.deleteLog(log.id);
        const id = logs.workRequest("DELETE_LOG", "log", "DELETED", log);
        await exchange.reply(202, undefined, { "opc-work-request-id": id });
      },
    },
  ];
}

/** The body, judged by its model. */
async function bodyOf<T>(exchange: Exchange, models: Models, model: string): Promise<T> {
  const body = await exchange.json();
  models.check(model, body);
  // What the fields are, the model has just said.
  return body as T;
}

async function accepted(workRequest: string): Promise<Answer> {
  return { status: 202, headers: { "opc-work-request-id": workRequest } };
}

function groupOf(logs: Logs, exchange: Exchange): LogRow {
  const group = logs.groups.get(exchange.parameter("logGroupId"));
  if (group === undefined) throw notAuthorizedOrNotFound();
  return group;
}

function logOf(logs: Logs, exchange: Exchange): StoredLog {
  const log = logs.logs.get(exchange.parameter("logId"));
  if (log === undefined || log.logGroupId !== groupOf(logs, exchange).id) throw notAuthorizedOrNotFound();
  return log;
}

/** What a body says of the fields that every row has. */
function changes(details: Partial<LogRow>): Partial<LogRow> {
  const { displayName, description, compartmentId, freeformTags, definedTags } = details;
  return Object.fromEntries(
    Object.entries({ displayName, description, compartmentId, freeformTags, definedTags }).filter(
      ([, value]) => value !== undefined && value !== null,
    ),
  );
}

function stateOf(logs: Logs, { readyAt }: LogRow): string {
  return logs.now >= readyAt ? "ACTIVE" : "CREATING";
}

function json(logs: Logs, row: LogRow): Readonly<Record<string, unknown>> {
  const { id, compartmentId, displayName, description, definedTags, freeformTags } = row;
  return {
    id,
    compartmentId,
    displayName,
    description,
    definedTags,
    freeformTags,
    systemTags: {},
    lifecycleState: stateOf(logs, row),
    timeCreated: new Date(row.timeCreated).toISOString(),
    timeLastModified: new Date(row.timeLastModified).toISOString(),
  };
}

function logJson(logs: Logs, log: StoredLog): Readonly<Record<string, unknown>> {
  const { logGroupId, logType, isEnabled, retentionDuration, configuration } = log;
  const own = { logGroupId, logType, isEnabled, retentionDuration, configuration };
  return { ...json(logs, log), ...own, tenancyId: logs.tenancy };
}
