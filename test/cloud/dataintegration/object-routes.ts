/** Create, get, list, update and delete, as all kinds of objects have them. */
import { isRecord, type Exchange } from "../http/exchange.ts";
import { checkIfMatch } from "../http/etag.ts";
import { invalidParameter, notAuthorizedOrNotFound, Refusal } from "../http/refusal.ts";
import type { Answer } from "../http/retry-tokens.ts";
import type { DataIntegration } from "./dataintegration.ts";
import { listAnswer } from "./listing.ts";
import { etagOf, textOf, type Body, type Kind, type Scope, type StoredObject } from "./objects.ts";
import { checkBody, checkDeletable, checkUnique, folderOf, prepare, type Operation, type Rules } from "./rules.ts";
import { headersOf, viewOf } from "./views.ts";

export function objectOperations(cloud: DataIntegration, rules: Rules): readonly Operation[] {
  const { kind, singular, plural, parameter, inApplication } = rules;
  const { objects, models } = cloud;
  const path = `/workspaces/{workspaceId}${inApplication ? "/applications/{applicationKey}" : ""}/${kind}`;
  const one = `${path}/{${parameter}}`;
  const scope = (exchange: Exchange): Scope => scopeOf(cloud, exchange, kind);
  const given = (exchange: Exchange): StoredObject => found(cloud, scope(exchange), exchange.parameter(parameter));

  const create = async (exchange: Exchange): Promise<Answer> => {
    const place = scope(exchange);
    const body = await exchange.json();
    checkBody(models, rules.createModel, body, rules.exceptions);
    const aggregator = aggregatorOf(cloud, rules, place, body);
    checkUnique(objects, place, aggregator, body);
    const prepared = prepare(objects, place, withoutKeys(body));
    const calledBy = textOf(body, "key");
    const object = objects.create({ ...place, aggregator, calledBy, body: prepared, by: exchange.principal.id });
    cloud.changed(object);
    return shown(cloud, object);
  };

  const update = async (exchange: Exchange): Promise<Answer> => {
    const object = given(exchange);
    checkIfMatch(exchange, etagOf(object));
    const body = await exchange.json();
    checkBody(models, rules.updateModel, body, rules.exceptions);
    checkVersion(object, body);
    const place = scope(exchange);
    const moved = body.registryMetadata != null;
    const aggregator = moved ? aggregatorOf(cloud, rules, place, body) : object.aggregator;
    checkUnique(objects, place, aggregator, { identifier: object.body.identifier, ...body }, object.key);
    const prepared = prepare(objects, place, withoutKeys(body));
    const changed = objects.update(object, prepared, { by: exchange.principal.id, aggregator });
    cloud.changed(changed);
    return shown(cloud, changed);
  };

  return [
    { operation: `Create${singular}`, method: "POST", path, answer: create },
    ...readOperations(cloud, kind, { path, parameter, singular, plural }),
    { operation: `Update${singular}`, method: "PUT", path: one, answer: update },
    {
      operation: `Delete${singular}`,
      method: "DELETE",
      path: one,
      answer: async (exchange) => {
        const object = given(exchange);
        checkIfMatch(exchange, etagOf(object));
        checkDeletable(objects, object);
        objects.delete(object);
        return { status: 204 };
      },
    },
  ];
}

/** Where a kind of object is, and what its operations are called by. */
export type Names = Pick<Rules, "parameter" | "singular" | "plural"> & { readonly path: string };

/** List and get. */
export function readOperations(
  cloud: DataIntegration,
  kind: Kind,
  { path, parameter, singular, plural }: Names,
): readonly Operation[] {
  const { objects } = cloud;
  const scope = (exchange: Exchange): Scope => scopeOf(cloud, exchange, kind);
  return [
    {
      operation: `List${plural}`,
      method: "GET",
      path,
      answer: async (exchange) => listAnswer(exchange, objects, objects.list(scope(exchange))),
    },
    {
      operation: `Get${singular}`,
      method: "GET",
      path: `${path}/{${parameter}}`,
      answer: async (exchange) => shown(cloud, found(cloud, scope(exchange), exchange.parameter(parameter))),
    },
  ];
}

/** The workspace and, where the path has one, the application that a request is about. */
export function scopeOf(cloud: DataIntegration, exchange: Exchange, kind: Kind): Scope {
  const workspace = cloud.workspaces.active(exchange.parameter("workspaceId")).id;
  const key = exchange.parameters.applicationKey;
  if (key === undefined) return { kind, workspace };
  return { kind, workspace, application: found(cloud, { kind: "applications", workspace }, key).key };
}

export function found({ objects }: DataIntegration, scope: Scope, key: string): StoredObject {
  const object = objects.find(scope, key);
  if (object === undefined) throw notAuthorizedOrNotFound();
  return object;
}

export function shown({ objects }: DataIntegration, object: StoredObject): Answer {
  return { status: 200, body: viewOf(objects, object), headers: headersOf(object) };
}

/** Refuses an update of another version than is stored, or of another object. */
export function checkVersion({ key, version }: StoredObject, body: Body): void {
  if (body.key !== undefined && body.key !== key) throw invalidParameter("The key is not the one in the path.");
  if (Number(body.objectVersion) === version) return;
  const wanted = String(body.objectVersion);
  throw new Refusal(
    409,
    "IncorrectState",
    `The object has the objectVersion ${version}, and the update is of ${wanted}.`,
  );
}

/** What the service decides itself is not stored from a body. */
export function withoutKeys(body: Body): Body {
  const { key: _key, objectVersion: _version, parentRef: _parent, metadata: _metadata, keyMap: _map, ...own } = body;
  return own;
}

/** The key of what an object says that it belongs to: a project, a folder, or the published task that is to run. */
function aggregatorOf(
  { objects }: DataIntegration,
  rules: Rules,
  { workspace }: Scope,
  body: Body,
): string | undefined {
  if (rules.kind !== "taskSchedules") return folderOf(objects, rules, workspace, body);
  const key = isRecord(body.registryMetadata) ? textOf(body.registryMetadata, "aggregatorKey") : undefined;
  if (key !== undefined) return key;
  throw invalidParameter("registryMetadata.aggregatorKey must name the published task that is to run.");
}
