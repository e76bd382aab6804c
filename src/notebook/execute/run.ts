/** The cells of a notebook, one after the other, in a kernel that is ready. */
import type { Kernel } from "../kernel/connection.ts";
import type { ExecuteReply } from "../kernel/messages.ts";
import { Reducer } from "../outputs/reducer.ts";
import { outcomeOf, type Ending } from "./cell-outcome.ts";
import { Conversation } from "./conversation.ts";
import type { Document } from "./document.ts";
import { failureOf, nameOf, type Failure } from "./failure.ts";
import { MemoryWatch } from "./kernel-memory.ts";
import { describeCellEnd, describeCellStart, describeIdle } from "./metadata.ts";
import type { PlannedCell } from "./select.ts";
import { Stopper } from "./stopper.ts";
import type { CellRef, CellResult, ExecuteOptions } from "./types.ts";

export interface CellsRun {
  readonly cells: readonly CellResult[];
  readonly failure: Failure | undefined;
  readonly outputsMayBeIncomplete: boolean;
}

const defaultGrace = 10_000;

export class NotebookRun {
  readonly #options: ExecuteOptions;
  readonly #kernel: Kernel;
  readonly #document: Document;
  readonly #reducer: Reducer;
  readonly #conversation: Conversation;
  readonly stopper: Stopper;
  readonly #results: CellResult[] = [];
  readonly #memory: MemoryWatch;
  #incomplete = false;
  #speaking: CellRef = { index: undefined, of: 0, firstLine: "" };

  constructor(options: ExecuteOptions, kernel: Kernel, document: Document) {
    const { observer, signal, killSignal, stopGrace: grace = defaultGrace } = options;
    this.#options = options;
    this.#kernel = kernel;
    this.#document = document;
    const { connection } = kernel;
    this.#reducer = new Reducer({
      around: document.around,
      connection,
      onUnknownTarget: (name) => observer?.warning?.(`The kernel opened a comm that nobody here knows: "${name}"`),
    });
    this.#memory = new MemoryWatch(kernel.pid);
    document.widgets = this.#reducer.widgets;
    this.stopper = new Stopper({ kernel, grace, signal, killSignal, finished: () => this.#conversation.answered });
    this.#conversation = new Conversation({
      kernel,
      reducer: this.#reducer,
      onText: (stream, text) => {
        if (text !== "") return observer?.output?.(stream, Buffer.from(text), this.#speaking);
      },
      onChange: () => document.file.touch(),
      onBegun: () => this.stopper.begun(),
      onPrompt: (text) => this.stopper.stop({ kind: "prompt", text }),
    });
  }

  /** Runs what is to be run, until the end or whatever ends it. */
  async cells(plan: readonly PlannedCell[]): Promise<CellsRun> {
    let failure: Failure | undefined;
    let over = false;
    for (const planned of plan) {
      const { ending: stopped } = this.stopper;
      if (planned.action !== "run") this.#pass(planned, planned.action);
      else if (over) this.#pass(planned, "skipped");
      else if (stopped) {
        over = true;
        failure = await this.#failure({ kind: "stopped", cause: stopped }, undefined);
        this.#pass(planned, "skipped");
      } else {
        const ending = await this.#cell(planned);
        if (!ending) continue;
        over = true;
        failure = await this.#failure(ending, planned);
      }
    }
    return { cells: this.#results, failure, outputsMayBeIncomplete: this.#incomplete };
  }

  /** Reads what the kernel still says until it is gone. */
  async lastWords(): Promise<void> {
    await this.#conversation.ended;
    this.#reducer.flushCaptures();
  }

  /** Lets go of timers and signals. */
  dispose(): void {
    this.stopper.dispose();
    this.#memory.stop();
  }

  async #cell({ cell, ref, mayRaise }: PlannedCell): Promise<Ending | undefined> {
    const { observer, allowErrors = false, cellTimeout } = this.#options;
    const { file } = this.#document;
    const outputs = this.#document.outputsOf(cell);
    const started = new Date();
    describeCellStart(cell, started);
    file.touchCell(cell);
    this.#speaking = ref;
    observer?.cellStarted?.(ref);
    this.#reducer.flushCaptures();
    const clock = performance.now();
    this.stopper.begin(cellTimeout);
    const ended = await this.#conversation.execute(cell.source, outputs, !(mayRaise || allowErrors));
    const cause = this.stopper.end();
    if (ended.gone) await this.#conversation.ended;
    const { status, ending } = outcomeOf({ mayRaise }, ended, { cause, allowErrors });
    cell.execution_count = ended.reply?.executionCount ?? ended.executionCount;
    this.#payload(cell, ref, ended.reply);
    describeCellEnd(cell, status, { started, ended: new Date(), timing: ended.timing });
    outputs.settle();
    file.touchCell(cell);
    const result: CellResult = {
      ...ref,
      status,
      seconds: (performance.now() - clock) / 1000,
      executionCount: cell.execution_count,
      ...this.#memory.look(),
      ...(outputs.cut === undefined ? {} : { cut: outputs.cut }),
    };
    this.#results.push(result);
    const incomplete = ended.incomplete && ending?.kind !== "exit";
    this.#incomplete ||= incomplete;
    this.#warn(result, incomplete ? (ended.gone ? "was gone before it said" : "never said") : undefined);
    observer?.cellEnded?.(result);
    return ending;
  }

  /** @param silence how the kernel came not to say that it had finished */
  #warn(result: CellResult, silence: string | undefined): void {
    const { observer } = this.#options;
    if (result.cut)
      observer?.warning?.(
        `${nameOf(result)} printed more than maxOutput allows: ${result.cut.bytes} bytes are not in the notebook`,
      );
    if (silence !== undefined)
      observer?.warning?.(
        `${nameOf(result)}: the kernel ${silence} that it had finished, so outputs may be incomplete`,
      );
  }

  /** What the reply asks a frontend to do. A cell to be inserted is not: a run adds none. */
  #payload(cell: PlannedCell["cell"], ref: CellRef, reply: ExecuteReply | undefined): void {
    for (const { source, replace, text } of reply?.payload ?? []) {
      if (source !== "set_next_input" || typeof text !== "string") continue;
      if (replace === true) cell.source = text;
      else this.#options.observer?.warning?.(`${nameOf(ref)} asked for a new cell below it; a run adds none`);
    }
  }

  #pass({ cell, ref }: PlannedCell, status: "skipped" | "excluded"): void {
    describeIdle(cell, status);
    this.#document.file.touchCell(cell);
    this.#results.push({ ...ref, status, seconds: 0, executionCount: null });
  }

  async #failure(ending: Ending, planned: PlannedCell | undefined): Promise<Failure | undefined> {
    const cell = planned && { ...planned.ref, executionCount: planned.cell.execution_count };
    const { restarted } = this.#conversation;
    if (restarted) await this.#kernel.kill();
    const exit = ending.kind === "died" && !restarted ? await this.#kernel.exited : undefined;
    return failureOf(ending, {
      cell,
      kernel: this.#kernel,
      exit,
      peak: this.#memory.last?.peakMemoryBytes,
      mask: this.#options.mask,
    });
  }
}
