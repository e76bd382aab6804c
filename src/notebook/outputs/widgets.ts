/**
 * What ipywidgets' models hold, from the comm messages that build and change them (the widget messaging protocol, version 2),
 * so that a saved notebook can show its widgets without a kernel.
 */
import type { Json } from "../nbformat/types.ts";
import type { JsonObject, Message } from "../kernel/connection.ts";
import { object, text } from "../kernel/messages.ts";
import { maskJson } from "./mask-json.ts";
import type { Mask } from "./mask-window.ts";

export const widgetStateMime = "application/vnd.jupyter.widget-state+json";
const target = "jupyter.widget";
/** What frontends open, or kernels for them; nothing of it is saved. */
const otherTargets = ["jupyter.widget.control", "jupyter.widget.version"];

interface Model {
  readonly state: JsonObject;
  /** By path, as JSON. */
  readonly buffers: Map<string, { readonly path: Json; readonly bytes: Uint8Array }>;
}

export class Widgets {
  readonly #models = new Map<string, Model>();
  readonly #knownTargets = new Set([target, ...otherTargets]);
  readonly #onUnknownTarget: (name: string) => void;
  /** Goes up with every change. */
  version = 0;

  constructor(onUnknownTarget: (name: string) => void) {
    this.#onUnknownTarget = onUnknownTarget;
  }

  state(id: string): Readonly<JsonObject> | undefined {
    return this.#models.get(id)?.state;
  }

  /** Takes a `comm_open`, `comm_msg` or `comm_close`; returns the part of the state that it has changed. */
  take(message: Message): { readonly id: string; readonly changed: JsonObject; readonly closed: boolean } | undefined {
    const id = text(message.content, "comm_id");
    const data = object(message.content, "data");
    const type = message.header.msg_type;
    if (type === "comm_close") {
      if (!this.#models.delete(id)) return undefined;
      this.version++;
      return { id, changed: {}, closed: true };
    }
    if (type === "comm_open" && !this.#open(id, text(message.content, "target_name"))) return undefined;
    // A message without state is a custom one, for a view.
    if (data.state === undefined) return undefined;
    const changed = object(data, "state");
    this.update(id, changed, data.buffer_paths, message.buffers);
    return { id, changed, closed: false };
  }

  update(id: string, changed: JsonObject, paths: Json | undefined = [], buffers: readonly Uint8Array[] = []): void {
    const model = this.#models.get(id);
    if (!model) return;
    Object.assign(model.state, changed);
    const changedKeys = new Set(Object.keys(changed));
    for (const [key, { path }] of model.buffers)
      if (Array.isArray(path) && typeof path[0] === "string" && changedKeys.has(path[0])) model.buffers.delete(key);
    for (const [index, path] of (Array.isArray(paths) ? paths : []).entries()) {
      const bytes = buffers[index];
      if (bytes) model.buffers.set(JSON.stringify(path), { path, bytes: Uint8Array.from(bytes) });
    }
    this.version++;
  }

  /** As `metadata.widgets` takes it; undefined where there is no widget. */
  metadata(mask: Mask | undefined): JsonObject | undefined {
    const state: JsonObject = {};
    for (const [id, model] of this.#models) {
      if (typeof model.state._model_name !== "string") continue;
      state[id] = entry(model, mask);
    }
    if (Object.keys(state).length === 0) return undefined;
    return { [widgetStateMime]: { state, version_major: 2, version_minor: 0 } };
  }

  #open(id: string, name: string): boolean {
    if (!this.#knownTargets.has(name)) {
      this.#knownTargets.add(name);
      this.#onUnknownTarget(name);
    }
    if (name !== target) return false;
    this.#models.set(id, { state: {}, buffers: new Map() });
    return true;
  }
}

function entry({ state, buffers }: Model, mask: Mask | undefined): JsonObject {
  const saved: JsonObject = {
    model_name: state._model_name ?? null,
    model_module: state._model_module ?? null,
    model_module_version: state._model_module_version ?? null,
    state: mask === undefined ? state : maskJson(state, mask),
  };
  if (buffers.size > 0)
    saved.buffers = [...buffers.values()].map(({ path, bytes }) => ({
      data: Buffer.from(bytes).toString("base64"),
      encoding: "base64",
      path,
    }));
  return saved;
}
