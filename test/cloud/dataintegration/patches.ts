/**
 * Patches: what publishes tasks to an application, and takes them back. A published object is a copy with a key of its
 * own, which it keeps when its task is published again; what is edited in between does not reach it.
 */
import type { Exchange } from "../http/exchange.ts";
import { invalidParameter, notAuthorizedOrNotFound } from "../http/refusal.ts";
import type { Answer } from "../http/retry-tokens.ts";
import { patchObjectMetadata } from "./applications.ts";
import type { DataIntegration } from "./dataintegration.ts";
import { arrayAnswer } from "./listing.ts";
import { found, readOperations, scopeOf, shown, withoutKeys } from "./object-routes.ts";
import { labelOf, textOf, type Body, type Scope, type StoredObject } from "./objects.ts";
import { checkBody, checkUnique, dependentsOf, type Operation } from "./rules.ts";
import { taskProblems } from "./validation.ts";

export function patchOperations(cloud: DataIntegration): readonly Operation[] {
  const path = "/workspaces/{workspaceId}/applications/{applicationKey}/patches";
  const one = `${path}/{patchKey}`;
  const { objects } = cloud;
  const scope = (exchange: Exchange): Scope => scopeOf(cloud, exchange, "patches");
  const given = (exchange: Exchange): StoredObject => found(cloud, scope(exchange), exchange.parameter("patchKey"));
  return [
    {
      operation: "CreatePatch",
      method: "POST",
      path,
      answer: async (exchange): Promise<Answer> => {
        const place = scope(exchange);
        const body = await exchange.json();
        // Published clients leave these out, and are served.
        checkBody(cloud.models, "CreatePatchDetails", body, { optional: ["name", "identifier", "objectKeys"] });
        checkUnique(objects, place, undefined, { identifier: body.identifier ?? null });
        checkKeys(cloud, place, body);
        const patch = objects.create({
          ...place,
          calledBy: textOf(body, "key"),
          by: exchange.principal.id,
          body: { ...withoutKeys(body), patchStatus: "QUEUED", errorMessages: {}, patchObjectMetadata: [] },
        });
        void cloud.clock.track(carryOut(cloud, patch));
        return shown(cloud, patch);
      },
    },
    ...readOperations(cloud, "patches", { path, parameter: "patchKey", singular: "Patch", plural: "Patches" }),
    {
      operation: "DeletePatch",
      method: "DELETE",
      path: one,
      answer: async (exchange) => {
        objects.delete(given(exchange));
        return { status: 204 };
      },
    },
    {
      operation: "ListPatchChanges",
      method: "GET",
      path: path.replace("patches", "patchChanges"),
      answer: async (exchange) => {
        const changes = objects.list(scope(exchange)).flatMap(({ body }) => listOf(body.patchObjectMetadata));
        const { body, ...rest } = arrayAnswer(exchange, changes);
        return { ...rest, body: { items: body } };
      },
    },
  ];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function keysOf(body: Body): readonly string[] {
  return listOf(body.objectKeys).map(String);
}

function checkKeys(cloud: DataIntegration, place: Scope, body: Body): void {
  const keys = keysOf(body);
  if (keys.length === 0 && body.patchType !== "REFRESH") throw invalidParameter("objectKeys must not be empty.");
  if (keys.some((key) => target(cloud, place, body.patchType, key) === undefined)) throw notAuthorizedOrNotFound();
}

/** What a key of a patch means: a task of the workspace, or, to take it back, also the published object itself. */
function target(cloud: DataIntegration, place: Scope, patchType: unknown, key: string): StoredObject | undefined {
  const { objects } = cloud;
  const { workspace } = place;
  if (patchType !== "UNPUBLISH") return objects.find({ kind: "tasks", workspace }, key);
  const published = objects.list({ ...place, kind: "publishedObjects" });
  return published.find((object) => object.key === key || object.origin === key);
}

async function carryOut(cloud: DataIntegration, patch: StoredObject): Promise<void> {
  const { clock, objects, delay } = cloud;
  await clock.sleep(delay);
  if (clock.signal.aborted) return;
  objects.update(patch, { patchStatus: "IN_PROGRESS" });
  await clock.sleep(delay);
  if (clock.signal.aborted) return;
  const errorMessages = problemsOf(cloud, patch);
  const timePatched = new Date(clock.now()).toISOString();
  if (Object.keys(errorMessages).length > 0) {
    objects.update(patch, { patchStatus: "FAILED", errorMessages, timePatched });
    return;
  }
  const changed = patch.body.patchType === "UNPUBLISH" ? unpublish(cloud, patch) : publish(cloud, patch);
  const application = objects.byKey(patch.application ?? "");
  const applicationVersion = Number(application?.body.applicationVersion ?? 0) + 1;
  if (application !== undefined) objects.update(application, { applicationVersion, timePatched });
  objects.update(patch, { patchStatus: "SUCCESSFUL", applicationVersion, timePatched, patchObjectMetadata: changed });
}

/** By the key of the object that it is about. */
function problemsOf(cloud: DataIntegration, patch: StoredObject): Readonly<Record<string, string>> {
  const { patchType } = patch.body;
  const wanted = cloud.failure(String(patchType));
  const keys = keysOf(patch.body);
  if (wanted !== undefined) return { [keys[0] ?? patch.key]: wanted };
  const problems = keys.map((key) => [key, problemsOfKey(cloud, patch, key).join(" ")] as const);
  return Object.fromEntries(problems.filter(([, text]) => text !== ""));
}

function problemsOfKey(cloud: DataIntegration, patch: StoredObject, key: string): readonly string[] {
  const { patchType } = patch.body;
  const object = target(cloud, patch, patchType, key);
  if (object === undefined) return ["There is no such object any more."];
  if (patchType !== "UNPUBLISH") return taskProblems(cloud, object);
  return dependentsOf(cloud.objects, object).map((other) => `It is used by ${labelOf(other)}.`);
}

function publish(cloud: DataIntegration, { workspace, application, createdBy, body }: StoredObject): readonly Body[] {
  const { objects } = cloud;
  const scope: Scope = { kind: "publishedObjects", workspace, application };
  return keysOf(body).flatMap((key) => {
    const task = objects.find({ kind: "tasks", workspace }, key);
    if (task === undefined) return [];
    const { registryMetadata: _, ...own } = task.body;
    const copy = { ...own, ...snapshot(cloud, task) };
    const earlier = objects.list(scope).find((object) => object.origin === key);
    const published = earlier
      ? objects.update(earlier, copy)
      : objects.create({ ...scope, origin: key, body: copy, by: createdBy });
    return [patchObjectMetadata(published, earlier === undefined ? "CREATED" : "UPDATED")];
  });
}

/** A pipeline is published with everything that it runs, as that is now. */
function snapshot(cloud: DataIntegration, task: StoredObject): Body {
  const pipeline = cloud.pipelineOf(task);
  return pipeline === undefined ? {} : { pipeline };
}

function unpublish(cloud: DataIntegration, patch: StoredObject): readonly Body[] {
  return keysOf(patch.body).flatMap((key) => {
    const published = target(cloud, patch, "UNPUBLISH", key);
    if (published === undefined) return [];
    cloud.objects.delete(published);
    return [patchObjectMetadata(published, "DELETED")];
  });
}
