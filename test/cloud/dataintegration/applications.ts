/** Applications, which two families of paths lead to: by key, and, as resources with an OCID, as disApplications. */
import { randomBytes } from "node:crypto";
import { isRecord, type Exchange } from "../http/exchange.ts";
import { checkIfMatch } from "../http/etag.ts";
import { invalidParameter, notAuthorizedOrNotFound } from "../http/refusal.ts";
import type { Answer } from "../http/retry-tokens.ts";
import type { DataIntegration } from "./dataintegration.ts";
import { collection, listAnswer } from "./listing.ts";
import { checkVersion, found, withoutKeys } from "./object-routes.ts";
import { etagOf, textOf, type Body, type StoredObject } from "./objects.ts";
import { checkBody, checkDeletable, checkUnique, type Operation } from "./rules.ts";
import { headersOf, viewOf } from "./views.ts";

export function applicationOperations(cloud: DataIntegration): readonly Operation[] {
  return [...family(cloud, "applications", "applicationKey", "Application"), ...disFamily(cloud)];
}

function disFamily(cloud: DataIntegration): readonly Operation[] {
  return family(cloud, "disApplications", "disApplicationId", "DisApplication");
}

function family(cloud: DataIntegration, segment: string, parameter: string, singular: string): readonly Operation[] {
  const { objects, models } = cloud;
  const path = `/workspaces/{workspaceId}/${segment}`;
  const one = `${path}/{${parameter}}`;
  const workspaceOf = (exchange: Exchange): string => cloud.workspaces.active(exchange.parameter("workspaceId")).id;
  const given = (exchange: Exchange): StoredObject => {
    const all = objects.list({ kind: "applications", workspace: workspaceOf(exchange) });
    const wanted = exchange.parameter(parameter);
    const application = all.find(
      ({ key, body }) => key === wanted || (segment !== "applications" && body.id === wanted),
    );
    if (application === undefined) throw notAuthorizedOrNotFound();
    return application;
  };
  const shown = (application: StoredObject): Answer => {
    return { status: 200, body: applicationView(cloud, application), headers: headersOf(application) };
  };
  return [
    {
      operation: `Create${singular}`,
      method: "POST",
      path,
      answer: async (exchange) => {
        const workspace = workspaceOf(exchange);
        const body = await exchange.json();
        checkBody(models, `Create${singular}Details`, body, {});
        const scope = { kind: "applications", workspace } as const;
        checkUnique(objects, scope, undefined, body);
        const application = cloud.createApplication(workspace, body, exchange.principal.id);
        copyFrom(cloud, application, body.sourceApplicationInfo);
        return shown(application);
      },
    },
    {
      operation: `List${singular}s`,
      method: "GET",
      path,
      answer: async (exchange) => {
        if (segment !== "applications" && exchange.query.get("compartmentId") === null) {
          throw invalidParameter("The query parameter compartmentId is required.");
        }
        return listAnswer(exchange, objects, objects.list({ kind: "applications", workspace: workspaceOf(exchange) }));
      },
    },
    { operation: `Get${singular}`, method: "GET", path: one, answer: async (exchange) => shown(given(exchange)) },
    {
      operation: `Update${singular}`,
      method: "PUT",
      path: one,
      answer: async (exchange) => {
        const application = given(exchange);
        checkIfMatch(exchange, etagOf(application));
        const body = await exchange.json();
        checkBody(models, `Update${singular}Details`, body, {});
        checkVersion(application, body);
        return shown(objects.update(application, withoutKeys(body), { by: exchange.principal.id }));
      },
    },
    {
      operation: `Delete${singular}`,
      method: "DELETE",
      path: one,
      answer: async (exchange) => {
        const application = given(exchange);
        checkIfMatch(exchange, etagOf(application));
        checkDeletable(objects, application);
        for (const object of objects.all()) if (object.application === application.key) objects.delete(object);
        objects.delete(application);
        return { status: 204 };
      },
    },
  ];
}

/** What every application has from the start. */
export function newApplication(body: Body, compartmentId: unknown, regionKey: string): Body {
  return {
    modelType: "INTEGRATION_APPLICATION",
    compartmentId,
    freeformTags: {},
    definedTags: {},
    ...withoutKeys(body),
    displayName: body.displayName ?? body.name,
    id: `ocid1.disapplication.oc1.${regionKey}.${randomBytes(30).toString("hex")}`,
    lifecycleState: "ACTIVE",
    applicationVersion: 1,
  };
}

function applicationView(cloud: DataIntegration, application: StoredObject): Body {
  const { objects } = cloud;
  const { workspace, key, createdAt, updatedAt } = application;
  const published = objects.list({ kind: "publishedObjects", workspace, application: key });
  return {
    ...viewOf(objects, application),
    timeCreated: new Date(createdAt).toISOString(),
    timeUpdated: new Date(updatedAt).toISOString(),
    dependentObjectMetadata: [],
    publishedObjectMetadata: Object.fromEntries(published.map((object) => [object.key, patchObjectMetadata(object)])),
  };
}

/** A published object, as patches and applications tell of it. */
export function patchObjectMetadata({ key, body, version }: StoredObject, action = "CREATED"): Body {
  const { name, identifier, modelType } = body;
  return { key, name, namePath: name, type: modelType, objectVersion: version, identifier, action };
}

/** An application made from another one starts with what is published there. */
function copyFrom(cloud: DataIntegration, application: StoredObject, source: unknown): void {
  if (!isRecord(source)) return;
  const from = textOf(source, "applicationKey");
  if (from === undefined) return;
  const workspace = textOf(source, "workspaceId") ?? application.workspace;
  const copied = found(cloud, { kind: "applications", workspace }, from);
  for (const { body, createdBy, origin } of cloud.objects.list({
    kind: "publishedObjects",
    workspace,
    application: copied.key,
  })) {
    const place = { kind: "publishedObjects", workspace: application.workspace, application: application.key } as const;
    cloud.objects.create({ ...place, origin, body, by: createdBy });
  }
}

/** What is published in an application: read only, since patches put it there. */
export function publishedOperations(cloud: DataIntegration): readonly Operation[] {
  const path = "/workspaces/{workspaceId}/applications/{applicationKey}/publishedObjects";
  const { objects } = cloud;
  const published = (exchange: Exchange): readonly StoredObject[] => {
    const workspace = cloud.workspaces.active(exchange.parameter("workspaceId")).id;
    const application = found(cloud, { kind: "applications", workspace }, exchange.parameter("applicationKey")).key;
    return objects.list({ kind: "publishedObjects", workspace, application });
  };
  return [
    {
      operation: "ListPublishedObjects",
      method: "GET",
      path,
      answer: async (exchange) => listAnswer(exchange, objects, published(exchange)),
    },
    {
      operation: "GetPublishedObject",
      method: "GET",
      path: `${path}/{publishedObjectKey}`,
      answer: async (exchange) => {
        const object = published(exchange).find(({ key }) => key === exchange.parameter("publishedObjectKey"));
        if (object === undefined) throw notAuthorizedOrNotFound();
        return { status: 200, body: viewOf(objects, object), headers: headersOf(object) };
      },
    },
    {
      operation: "ListReferences",
      method: "GET",
      path: path.replace("publishedObjects", "references"),
      answer: async (exchange) => {
        published(exchange);
        return collection(exchange, []);
      },
    },
  ];
}
