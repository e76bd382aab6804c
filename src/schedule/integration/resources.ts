import type { models } from "oci-dataintegration";
import type { DataIntegration } from "../../oci/dataintegration/client.ts";
import {
  applications,
  type Collection,
  createObject,
  deleteObject,
  type DesignObject,
  findObject,
  updateObject,
} from "../../oci/dataintegration/objects.ts";
import { type ApplicationPlace, applyPatch, publishedObject } from "../../oci/dataintegration/publications.ts";
import type { Wire } from "../../oci/wire.ts";
import { NbjobError } from "../../text/errors.ts";
import { isMarked, marked } from "../mark.ts";
import type { Body, Found, Refs, Resource } from "../plan/resource.ts";

/** An object of the workspace: how its kind is found, made and changed, with what it is to be. */
export interface ObjectSpec {
  readonly ref: string;
  readonly noun: string;
  readonly name: string;
  readonly identifier: string;
  readonly below: readonly string[];
  readonly collection: (refs: Refs) => Collection;
  /** The resource that it belongs to. */
  readonly in?: string;
  /** Without its description, and without what it is in: its mark is made from it. */
  readonly body: (refs: Refs) => Body;
  readonly description: string;
  /** What it is made with, and never changed to: what people set by hand since then stays. */
  readonly first?: Body;
  /** Fields that a change cannot take away again: where one is to go, the object is made anew. */
  readonly sticky?: readonly string[];
  /** What else it depends on: where that changes, it is changed too, and so published again. */
  readonly also?: (refs: Refs) => unknown;
  /** Whether its mark alone tells that it is as it should be: the service gives its parts other keys. */
  readonly byMark?: boolean;
  /** Asked before it is made or changed. @throws what is wrong with it */
  readonly check?: (body: Body, collection: Collection) => Promise<void>;
  /** Used as it is where it is there. */
  readonly shared?: boolean;
  /** Whether the one with this key may go: asked of what several schedules share. */
  readonly mayGo?: (refs: Refs, key: string) => Promise<boolean>;
}

export function objectResource(di: DataIntegration, spec: ObjectSpec): Resource {
  const { ref, noun, name, identifier, below, mayGo, shared = false } = spec;
  return {
    ref,
    noun,
    name,
    below,
    body: (refs, found) => ({
      ...marked({ name, identifier, ...spec.body(refs) }, spec.description, spec.also?.(refs)),
      ...(found === undefined ? spec.first : {}),
      ...(spec.in === undefined ? {} : { registryMetadata: { aggregatorKey: refs.get(spec.in) } }),
    }),
    find: async (refs) => {
      const found = await findObject<DesignObject>(di, spec.collection(refs), identifier, ownerIn(spec, refs));
      if (found === undefined) return undefined;
      const { key, objectVersion, description } = found;
      const actual = spec.byMark === true ? { objectVersion, description } : actualOf(found);
      return { key, actual, ours: isMarked(description) };
    },
    create: async (body, refs) => {
      const collection = spec.collection(refs);
      await spec.check?.(body, collection);
      return (await createObject<DesignObject>(di, collection, body)).key;
    },
    ...(shared ? {} : { change: (found: Found, body: Body, refs: Refs) => change(di, spec, { found, body, refs }) }),
    remove: ({ key, actual }, refs) => deleteObject(di, spec.collection(refs), { ...actual, key }),
    ...(mayGo === undefined ? {} : { mayGo: ({ key }: Found, refs: Refs) => mayGo(refs, key) }),
  };
}

async function change(
  di: DataIntegration,
  spec: ObjectSpec,
  { found, body, refs }: { readonly found: Found; readonly body: Body; readonly refs: Refs },
): Promise<string> {
  const collection = spec.collection(refs);
  await spec.check?.(body, collection);
  const { key, actual } = found;
  const before = { ...actual, key };
  const goes = (field: string): boolean => hasValue(actual[field]) && body[field] === undefined;
  if (spec.sticky?.some(goes) !== true) return (await updateObject<DesignObject>(di, collection, before, body)).key;
  await deleteObject(di, collection, before);
  const kept = Object.fromEntries(Object.keys(spec.first ?? {}).map((field) => [field, actual[field]]));
  return (await createObject<DesignObject>(di, collection, { ...kept, ...body })).key;
}

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Where identifiers are unique in what a thing is in. Those of an application's own things are unique in the application. */
function ownerIn({ in: owner }: ObjectSpec, refs: Refs): string | undefined {
  return owner === "project" ? refs.get(owner) : undefined;
}

/** What is read names some things otherwise than what is written. */
function actualOf(found: DesignObject & { readonly retryAttempts?: number }): Body {
  const { metadata, retryAttempts } = found;
  return {
    ...found,
    ...(metadata === undefined ? {} : { registryMetadata: { aggregatorKey: metadata.aggregatorKey } }),
    ...(retryAttempts === undefined ? {} : { numberOfRetries: retryAttempts }),
  };
}

export interface PublicationSpec {
  /** Of the task. */
  readonly identifier: string;
  readonly name: string;
  /** The task's own description: a published copy whose mark is another one is of an older version. */
  readonly description: (refs: Refs) => unknown;
  readonly now: () => Date;
}

/** The published copy of the task in the application. Patches publish it, and publish it again after each change of the task. */
export function publication(di: DataIntegration, spec: PublicationSpec): Resource {
  const { identifier, name } = spec;
  // Patches stay in the application's history: each has an identifier of its own.
  const stamp = spec.now().getTime().toString(36).toUpperCase();
  const patch = (patchType: "PUBLISH" | "UNPUBLISH", key: string): Wire<models.CreatePatchDetails> => ({
    name,
    identifier: `${patchType}_${identifier}_${stamp}`,
    patchType,
    objectKeys: [key],
  });
  const find = async (refs: Refs): Promise<Found | undefined> => {
    const found = await publishedObject(di, placeIn(refs), identifier);
    const { key, description } = found ?? {};
    return key === undefined ? undefined : { key, actual: { description }, ours: isMarked(description) };
  };
  const publish = async (body: Body, refs: Refs): Promise<string> => {
    // The body is one that `body` made.
    await applyPatch(di, placeIn(refs), body as unknown as Wire<models.CreatePatchDetails>);
    const found = await find(refs);
    if (found !== undefined) return found.key;
    throw new NbjobError("refused", `The task ${name} was published and is not in the application.`);
  };
  return {
    ref: "published task",
    noun: "published task",
    name,
    below: ["workspace", "application"],
    find,
    body: (refs) => ({ ...patch("PUBLISH", refs.get("task")), description: spec.description(refs) }),
    create: publish,
    change: (_found, body, refs) => publish(body, refs),
    remove: ({ key }, refs) => applyPatch(di, placeIn(refs), patch("UNPUBLISH", key)),
  };
}

function placeIn(refs: Refs): ApplicationPlace {
  return { workspaceId: refs.get("workspace"), application: refs.get("application") };
}

/** The application that tasks are published to. */
export function applicationResource(
  di: DataIntegration,
  name: string,
  identifier: string,
  mayGo: NonNullable<ObjectSpec["mayGo"]>,
): Resource {
  return objectResource(di, {
    ref: "application",
    noun: "application",
    name,
    identifier,
    below: ["workspace"],
    collection: (refs) => applications(refs.get("workspace")),
    body: () => ({ modelType: "INTEGRATION_APPLICATION" }),
    description: "Tasks that nbjob schedules.",
    shared: true,
    mayGo,
  });
}
