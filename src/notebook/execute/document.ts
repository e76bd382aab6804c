/** The notebook while it is executed: its cells' outputs, its metadata, its file. */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { NbjobError } from "../../text/errors.ts";
import { isJsonObject } from "../kernel/decode.ts";
import type { JsonObject } from "../kernel/connection.ts";
import type { CodeCell, Metadata } from "../nbformat/types.ts";
import { Budget } from "../outputs/budget.ts";
import { CellOutputs, type Surroundings } from "../outputs/cell-outputs.ts";
import { maskJson } from "../outputs/mask-json.ts";
import { Spool } from "../outputs/spool.ts";
import type { Widgets } from "../outputs/widgets.ts";
import { NotebookFile } from "./save.ts";
import type { ExecuteOptions } from "./types.ts";

const defaultLimit = { cell: 128 * 2 ** 20, notebook: 512 * 2 ** 20 };
const defaultSaveInterval = 3_000;

export class Document {
  readonly file: NotebookFile;
  readonly around: Surroundings;
  readonly #options: ExecuteOptions;
  readonly #spool: Spool;
  readonly #outputs = new Map<CodeCell, CellOutputs>();
  #widgets: Widgets | undefined;
  #widgetState: { version: number; metadata: JsonObject | undefined } = { version: 0, metadata: undefined };

  /** @throws {NbjobError} `environment` where nothing can be written beside the notebook's path */
  constructor(options: ExecuteOptions) {
    const { path, notebook, maxOutput = defaultLimit } = options;
    this.#options = options;
    const tails = Math.floor(maxOutput.notebook / 8);
    const notebookBudget = new Budget(maxOutput.notebook - tails);
    this.#spool = openSpool(path, (error) => {
      notebookBudget.exhaust();
      options.observer?.warning?.(`No more output is kept in the notebook: its disk takes no more (${String(error)})`);
    });
    this.around = {
      spool: this.#spool,
      cellLimit: maxOutput.cell,
      notebookBudget,
      tailBudget: new Budget(tails),
      mask: options.mask,
      displays: new Map(),
    };
    this.file = new NotebookFile({
      path,
      notebook,
      spool: this.#spool,
      outputs: (cell) => this.#outputs.get(cell)?.pieces() ?? [],
      metadata: () => this.#metadata(),
      mask: options.mask,
      interval: options.saveInterval ?? defaultSaveInterval,
      onFailure: (error) =>
        options.observer?.warning?.(`The executed notebook could not be saved for now: ${String(error)}`),
    });
  }

  /** Whose models the notebook's metadata shows. */
  set widgets(widgets: Widgets) {
    this.#widgets = widgets;
  }

  /** The outputs of a cell, empty where it had none. */
  outputsOf(cell: CodeCell): CellOutputs {
    let outputs = this.#outputs.get(cell);
    if (!outputs) this.#outputs.set(cell, (outputs = new CellOutputs(this.around)));
    return outputs;
  }

  /** Writes the notebook's metadata as they are saved into the notebook itself too. */
  close(): void {
    this.file.close();
    this.#options.notebook.metadata = this.#metadata();
    this.#spool.close();
  }

  /** Parameters can hold secrets. */
  #masked(): Metadata {
    const { notebook, mask } = this.#options;
    const { papermill, ...others } = notebook.metadata;
    return mask && papermill !== undefined ? { ...others, papermill: maskJson(papermill, mask) } : notebook.metadata;
  }

  #metadata(): Metadata {
    const metadata = this.#masked();
    const widgets = this.#widgets;
    if (!widgets) return metadata;
    if (widgets.version !== this.#widgetState.version)
      this.#widgetState = { version: widgets.version, metadata: widgets.metadata(this.#options.mask) };
    if (!this.#widgetState.metadata) return metadata;
    const others = isJsonObject(metadata.widgets) ? metadata.widgets : {};
    return { ...metadata, widgets: { ...others, ...this.#widgetState.metadata } };
  }
}

function openSpool(path: string, onFull: (error: unknown) => void): Spool {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
    return new Spool(join(folder, `.${basename(path)}.${randomUUID()}.spool`), onFull);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new NbjobError("environment", `Nothing can be written to the folder of the executed notebook: ${why}`, {
      location: folder,
      cause,
    });
  }
}
