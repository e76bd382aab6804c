/** Messages in, outputs of cells out: which cell or widget each one belongs to, by the request that it names as its parent. */
import type { Json, MimeBundle } from "../nbformat/types.ts";
import type { KernelConnection, Message } from "../kernel/connection.ts";
import { display, object, raisedError, stream } from "../kernel/messages.ts";
import { jsonText } from "../nbformat/json-writer.ts";
import { isJsonMime, joinBundle } from "../nbformat/mime.ts";
import { CapturedOutputs } from "./captured-outputs.ts";
import { CellOutputs, type RichOutput, type Surroundings } from "./cell-outputs.ts";
import { Widgets } from "./widgets.ts";

/** An `ipywidgets.Output` whose model the kernel has opened. */
interface Capture {
  readonly id: string;
  readonly outputs: CapturedOutputs;
  /** The request whose outputs it takes; "" while it takes none. */
  parent: string;
  /** Something was captured of which the kernel does not know yet. */
  dirty: boolean;
}

/** What a widget captures goes back to the kernel in one message. */
const captureLimit = 16 * 2 ** 20;

export interface ReducerOptions {
  readonly around: Surroundings;
  readonly connection: Pick<KernelConnection, "send">;
  readonly onUnknownTarget: (name: string) => void;
}

export class Reducer {
  readonly widgets: Widgets;
  readonly #options: ReducerOptions;
  readonly #cells = new Map<string, CellOutputs>();
  /** The one that ran last. */
  #latest: CellOutputs | undefined;
  readonly #captures = new Map<string, Capture>();
  /** Those that take a request's outputs; the last one has them. */
  readonly #active: Capture[] = [];

  constructor(options: ReducerOptions) {
    this.#options = options;
    this.widgets = new Widgets(options.onUnknownTarget);
  }

  /** What the kernel publishes about this request belongs to this cell, from now on and however late. */
  begin(request: string, cell: CellOutputs): void {
    this.#cells.set(request, cell);
    this.#latest = cell;
  }

  /** What the kernel publishes about a request of our own (a thread's words, as it came to be the last one) belongs to the latest cell. */
  adopt(request: string): void {
    if (this.#latest) this.#cells.set(request, this.#latest);
  }

  /** Takes a message of iopub; false where it concerns no cell of ours. */
  take(message: Message): boolean {
    const { msg_type: type } = message.header;
    if (type.startsWith("comm_")) {
      this.#takeComm(message);
      return true;
    }
    const parent = message.parent_header?.msg_id ?? "";
    // Exit handlers speak for no request.
    const cell = message.parent_header === undefined ? this.#latest : this.#cells.get(parent);
    if (type === "update_display_data") this.#update(message);
    if (!cell) return type === "update_display_data";
    const capture = this.#capture(parent);
    if (capture) capture.dirty = true;
    this.#add(message, capture?.outputs ?? cell);
    return true;
  }

  /** An Output widget takes what this request publishes at this moment. */
  captures(request: string): boolean {
    return this.#capture(request) !== undefined;
  }

  /** Adds a display to a cell that no message of iopub brought. */
  show(request: string, data: MimeBundle): void {
    this.#cells.get(request)?.add({ output_type: "display_data", data: textBundle(data), metadata: {} });
  }

  /** Tells the kernel what its Output widgets have captured; it hears of it when its cell has ended. */
  flushCaptures(): void {
    for (const capture of this.#captures.values()) if (capture.dirty) this.#sync(capture);
  }

  #capture(request: string): Capture | undefined {
    return this.#active.findLast((active) => active.parent === request);
  }

  #add(message: Message, to: CellOutputs | CapturedOutputs): void {
    const { content } = message;
    switch (message.header.msg_type) {
      case "stream": {
        const { name, text } = stream(content);
        to.stream(name, text);
        break;
      }
      case "display_data":
      case "execute_result": {
        const { metadata, displayId, executionCount, ...shown } = display(content);
        const data = textBundle(shown.data);
        // A display whose id is known changes the older ones too.
        this.#update(message);
        const output: RichOutput =
          message.header.msg_type === "display_data"
            ? { output_type: "display_data", data, metadata }
            : { output_type: "execute_result", data, metadata, execution_count: executionCount };
        to.add(output, displayId);
        break;
      }
      case "error": {
        const { ename, evalue, traceback } = raisedError(content);
        to.add({ output_type: "error", ename, evalue, traceback: [...traceback] });
        break;
      }
      case "clear_output":
        to.clear(content.wait === true);
        break;
      default:
    }
  }

  #update({ content }: Message): void {
    const { data, metadata, displayId } = display(content);
    if (displayId === undefined) return;
    for (const slot of this.#options.around.displays.get(displayId) ?? [])
      slot.cell.update(slot, textBundle(data), metadata);
  }

  #takeComm(message: Message): void {
    const taken = this.widgets.take(message);
    if (!taken) return;
    if (taken.closed) {
      const closed = this.#captures.get(taken.id);
      if (closed) this.#setParent(closed, "");
      this.#captures.delete(taken.id);
      return;
    }
    const state = this.widgets.state(taken.id);
    if (state?._model_name !== "OutputModel") return;
    const { around } = this.#options;
    let capture = this.#captures.get(taken.id);
    if (!capture) {
      capture = {
        id: taken.id,
        outputs: new CapturedOutputs(Math.min(around.cellLimit, captureLimit)),
        parent: "",
        dirty: false,
      };
      this.#captures.set(taken.id, capture);
    }
    if (taken.changed.outputs !== undefined) {
      capture.outputs.reset(taken.changed.outputs);
      capture.dirty = false;
    }
    if (taken.changed.msg_id !== undefined) this.#setParent(capture, idOf(taken.changed.msg_id));
  }

  #setParent(capture: Capture, parent: string): void {
    const at = this.#active.indexOf(capture);
    if (at >= 0) this.#active.splice(at, 1);
    capture.parent = parent;
    if (parent !== "") this.#active.push(capture);
    else if (capture.dirty) this.#sync(capture);
  }

  #sync(capture: Capture): void {
    capture.dirty = false;
    const state = { outputs: capture.outputs.toJson() };
    this.widgets.update(capture.id, state);
    const data = object({ data: { method: "update", state, buffer_paths: [] } }, "data");
    this.adopt(this.#options.connection.send("shell", "comm_msg", { comm_id: capture.id, data }));
  }
}

/** A bundle as notebooks may hold it: what is not JSON is text. */
function textBundle(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(joinBundle(bundle)).map(([mime, data]) => [
      mime,
      typeof data === "string" || isJsonMime(mime) ? data : jsonText(data),
    ]),
  );
}

function idOf(value: Json): string {
  return typeof value === "string" ? value : "";
}
