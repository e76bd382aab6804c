/**
 * The conversation with a kernel: reads everything it says from the first message to the last, hands outputs to the reducer and
 * to the log, and knows when an execute request is done: its reply is there and its idle status too, in whichever order.
 *
 * Nothing here gives up while messages arrive. Where the idle status is missing although the reply came and it is quiet, the kernel is
 * asked something else: once it has answered that and published its idle, ours will not come, because iopub keeps the order.
 */
import type { Kernel, Message } from "../kernel/connection.ts";
import {
  display,
  executeReply,
  isIdle,
  raisedError,
  stream,
  text,
  type ExecuteReply,
  type RaisedError,
} from "../kernel/messages.ts";
import type { MimeBundle } from "../nbformat/types.ts";
import type { CellOutputs } from "../outputs/cell-outputs.ts";
import type { Reducer } from "../outputs/reducer.ts";

/** Header dates of what happened to a request, ISO 8601, under nbformat's names for them. */
export type Timing = { [event in TimingEvent]?: string };
export type TimingEvent = "iopub.status.busy" | "iopub.execute_input" | "shell.execute_reply" | "iopub.status.idle";

/** How a request ended, as far as the messages tell. */
export interface Ended {
  /** Undefined where the kernel never answered. */
  readonly reply: ExecuteReply | undefined;
  /** An error output of the cell, which can come without the reply saying so. One that a widget shows is not the cell's. */
  readonly error: RaisedError | undefined;
  /** As `execute_input` said, for when there is no reply. */
  readonly executionCount: number | null;
  /** What the cell asked to be typed in, where it did. */
  readonly prompt: string | undefined;
  readonly timing: Timing;
  /** No idle status came, so outputs may have been lost with it. */
  readonly incomplete: boolean;
  /** The kernel is gone: the last message it left has been read. */
  readonly gone: boolean;
  /** The kernel said that it restarts itself: all it held is lost. */
  readonly restarted: boolean;
}

interface Request {
  readonly id: string;
  readonly timing: Timing;
  readonly done: (ended: Ended) => void;
  reply: ExecuteReply | undefined;
  /** What is still to be shown of it. */
  page: MimeBundle | undefined;
  error: RaisedError | undefined;
  prompt: string | undefined;
  executionCount: number | null;
  idle: boolean;
  probe: { readonly id: string; answered: boolean; idle: boolean } | undefined;
}

export interface ConversationOptions {
  readonly kernel: Kernel;
  readonly reducer: Reducer;
  /** Text output, as it arrives; what it returns is awaited before the next message is read. */
  readonly onText: (stream: "stdout" | "stderr", text: string) => void | Promise<void>;
  /** An output changed something that a save would write. */
  readonly onChange: () => void;
  /** The running request has begun to run. */
  readonly onBegun: () => void;
  /** A cell wants something to be typed in. Kernels that ask in spite of `allow_stdin: false` wait for ever. */
  readonly onPrompt: (prompt: string) => void;
  /** Milliseconds of silence before a kernel is asked whether it is still at it. */
  readonly patience?: number;
}

const defaultPatience = 1_000;

export class Conversation {
  /** Resolves when the kernel has nothing more to say; rejects with what a handler threw. */
  readonly ended: Promise<void>;
  readonly #options: ConversationOptions;
  readonly #patience: number;
  #current: Request | undefined;
  #gone = false;
  #restarted = false;
  #quiet: NodeJS.Timeout | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#patience = options.patience ?? defaultPatience;
    this.ended = this.#read();
    this.ended.catch(() => undefined); // whoever awaits it hears of it
  }

  get restarted(): boolean {
    return this.#restarted;
  }

  /** The kernel has answered the running request, though a slow log may not have taken all of its outputs yet. */
  get answered(): boolean {
    return this.#current !== undefined && this.#options.kernel.connection.answered === this.#current.id;
  }

  /** Sends code to be executed, and resolves when the kernel is done with it, or gone. One at a time. */
  execute(code: string, cell: CellOutputs, stopOnError: boolean): Promise<Ended> {
    const { kernel, reducer } = this.#options;
    return new Promise((done) => {
      const id = kernel.connection.send("shell", "execute_request", {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: stopOnError,
      });
      reducer.begin(id, cell);
      const open = {
        reply: undefined,
        page: undefined,
        error: undefined,
        prompt: undefined,
        probe: undefined,
        idle: false,
        executionCount: null,
      };
      this.#current = { id, timing: {}, done, ...open };
      if (this.#gone || this.#restarted) this.#finish();
    });
  }

  async #read(): Promise<void> {
    const { connection } = this.#options.kernel;
    try {
      for (let message = await connection.receive(); message; message = await connection.receive()) {
        // It is not quiet while a slow log takes what the message says.
        clearTimeout(this.#quiet);
        await this.#take(message);
        await this.#proceed();
      }
    } finally {
      this.#gone = true;
      if (this.#current) await this.#page(this.#current);
      this.#finish();
    }
  }

  async #take(message: Message): Promise<void> {
    const { reducer } = this.#options;
    const current = this.#current;
    const parent = message.parent_header?.msg_id;
    if (message.channel === "iopub") {
      if (current && parent === current.id) {
        note(current, message);
        if (message.header.msg_type === "error" && !reducer.captures(current.id))
          current.error = raisedError(message.content);
        if (message.header.msg_type === "execute_input") this.#options.onBegun();
      }
      if (current?.probe && parent === current.probe.id && isIdle(message)) current.probe.idle = true;
      await this.#publish(message);
    } else if (message.header.msg_type === "input_request") {
      if (current) current.prompt ??= text(message.content, "prompt");
      this.#options.onPrompt(text(message.content, "prompt"));
    } else if (current && parent === current.id && message.header.msg_type === "execute_reply") {
      current.reply = executeReply(message.content);
      const page = current.reply.payload.find(({ source }) => source === "page");
      if (page) current.page = display(page).data;
      current.timing["shell.execute_reply"] = dateOf(message);
    } else if (current?.probe && parent === current.probe.id) {
      current.probe.answered = true;
    }
  }

  async #publish(message: Message): Promise<void> {
    const { reducer, onChange, onText } = this.#options;
    if (text(message.content, "execution_state") === "restarting") this.#restarted = true;
    if (reducer.take(message)) onChange();
    const said = textOf(message);
    if (said !== undefined) await onText(said.stream, said.text);
  }

  /** A pager's text (`print?`) is an output, as frontends show it: the first one, below the others, which may come after the reply. */
  async #page(request: Request): Promise<void> {
    const { page } = request;
    if (!page) return;
    request.page = undefined;
    this.#options.reducer.show(request.id, page);
    this.#options.onChange();
    await this.#options.onText("stdout", plain(page));
  }

  /** After each message: is the request done, and if not, is it time to ask why? */
  async #proceed(): Promise<void> {
    const current = this.#current;
    if (!current) return;
    const { reply, idle, probe } = current;
    if ((reply && idle) || this.#restarted || (probe?.answered && probe.idle)) {
      await this.#page(current);
      this.#finish();
    } else if (reply || idle) this.#quiet = setTimeout(() => this.#ask(current), this.#patience);
  }

  /** It is quiet, and one of the two is missing. */
  #ask(request: Request): void {
    if (this.#current !== request) return;
    const { probe } = request;
    if (!probe) {
      const id = this.#options.kernel.connection.send("shell", "kernel_info_request", {});
      this.#options.reducer.adopt(id);
      request.probe = { id, answered: false, idle: false };
    }
    // A kernel that answers but never says that it is idle.
    else if (probe.answered) return void this.#page(request).then(() => this.#finish());
    // While the question is not answered, the kernel is busy with something of ours, and that takes the time it takes.
    this.#quiet = setTimeout(() => this.#ask(request), 5 * this.#patience);
  }

  #finish(): void {
    clearTimeout(this.#quiet);
    const request = this.#current;
    if (!request) return;
    this.#current = undefined;
    const { reply, error, prompt, executionCount, timing, idle } = request;
    request.done({
      reply,
      error,
      prompt,
      executionCount,
      timing,
      incomplete: !idle,
      gone: this.#gone,
      restarted: this.#restarted,
    });
  }
}

/** What iopub says about the request itself. */
function note(request: Request, message: Message): void {
  const type = message.header.msg_type;
  if (type === "execute_input") {
    request.timing["iopub.execute_input"] = dateOf(message);
    request.executionCount = display(message.content).executionCount;
  }
  if (type !== "status") return;
  if (text(message.content, "execution_state") === "busy") request.timing["iopub.status.busy"] ??= dateOf(message);
  if (!isIdle(message)) return;
  request.timing["iopub.status.idle"] = dateOf(message);
  request.idle = true;
}

function dateOf({ header }: Message): string {
  return header.date ?? new Date().toISOString();
}

/** The text by which a log shows a message; updates of displays are left out: they would repeat what is there. */
function textOf({ header, content }: Message): { stream: "stdout" | "stderr"; text: string } | undefined {
  switch (header.msg_type) {
    case "stream": {
      const { name, text: said } = stream(content);
      return { stream: name, text: said };
    }
    case "display_data":
    case "execute_result":
      return { stream: "stdout", text: plain(display(content).data) };
    case "error": {
      const { ename, evalue, traceback } = raisedError(content);
      const lines = traceback.length > 0 ? traceback : [[ename, evalue].filter((part) => part !== "").join(": ")];
      return { stream: "stderr", text: `${lines.join("\n")}\n` };
    }
    default:
      return undefined;
  }
}

function plain(data: MimeBundle): string {
  const said = data["text/plain"];
  return typeof said === "string" && said !== "" ? `${said}\n` : "";
}
