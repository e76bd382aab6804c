/** The outputs that an `ipywidgets.Output` shows: a short list in memory, since all of it goes back to the kernel. */
import type { Json } from "../nbformat/types.ts";
import type { RichOutput } from "./cell-outputs.ts";
import type { StreamName } from "./stream-output.ts";
import { StreamText } from "./stream-text.ts";

interface OpenStream {
  readonly name: StreamName;
  readonly settled: string[];
  readonly text: StreamText;
}

export class CapturedOutputs {
  #items: (Json | OpenStream)[] = [];
  #clearNext = false;
  #length = 0;
  readonly #limit: number;

  /** @param limit how long all of it may be, in UTF-16 units of its text and JSON; what is more is cut, with a mark */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Starts anew from what the kernel has set. */
  reset(outputs: Json): void {
    this.#items = Array.isArray(outputs) ? [...outputs] : [];
    this.#clearNext = false;
    this.#length = 0;
  }

  stream(name: StreamName, chunk: string): void {
    this.#clearIfDue();
    if (!this.#hasRoom(chunk.length)) return;
    let last = this.#items.at(-1);
    if (!isOpenStream(last) || last.name !== name) {
      last = { name, settled: [], text: new StreamText() };
      this.#items.push(last);
    }
    last.settled.push(last.text.append(chunk));
  }

  add(output: RichOutput): void {
    this.#clearIfDue();
    if (this.#hasRoom(JSON.stringify(output).length)) this.#items.push({ ...output });
  }

  clear(wait: boolean): void {
    if (wait) this.#clearNext = true;
    else this.reset([]);
  }

  toJson(): Json {
    return this.#items.map((item) =>
      isOpenStream(item)
        ? { output_type: "stream", name: item.name, text: item.settled.join("") + item.text.line }
        : item,
    );
  }

  #hasRoom(length: number): boolean {
    const before = this.#length;
    this.#length += length;
    if (this.#length <= this.#limit) return true;
    const text = "[nbjob] what follows was cut: maxOutput was reached.\n";
    if (before <= this.#limit) this.#items.push({ output_type: "stream", name: "stderr", text });
    return false;
  }

  #clearIfDue(): void {
    if (this.#clearNext) this.reset([]);
  }
}

function isOpenStream(item: Json | OpenStream | undefined): item is OpenStream {
  return typeof item === "object" && item !== null && "text" in item && item.text instanceof StreamText;
}
