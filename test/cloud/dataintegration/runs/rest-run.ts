/** The life of a REST task's run: execute, poll while the condition is true, judge the last response; or cancel. */
import type { Principal } from "../../auth/principal.ts";
import { CallFailed, type CallAnswer, type Caller } from "../../identity/caller.ts";
import type { Clock } from "../../time/clock.ts";
import { evaluate, holds, textOf } from "../expression/evaluate.ts";
import { ExpressionError } from "../expression/tokens.ts";
import type { Body } from "../objects.ts";
import { readRestTask, type Polling, type RestCall, type RestTask } from "./rest-task.ts";
import { substitute, UnknownName, type Names } from "./text.ts";

export interface Outcome {
  readonly status: "SUCCESS" | "ERROR" | "TERMINATED";
  /** Why it is no success. */
  readonly errors: readonly string[];
  /** What the last response was, for whoever comes after it in a pipeline. */
  readonly response?: CallAnswer | undefined;
}

export interface RestRunContext {
  readonly clock: Clock;
  readonly caller: Caller;
  /** Whoever a task names as the one that signs. */
  readonly principal: (source: "WORKSPACE" | "APPLICATION") => Principal;
  /** Parameters as they are bound, and the system's names. */
  readonly bindings: Readonly<Record<string, string>>;
  readonly log: (message: string) => void;
  /** Aborts when the run is to terminate. */
  readonly terminating: AbortSignal;
}

/** Never rejects but for the fake's own mistakes. */
export async function runRestTask(body: Body, context: RestRunContext): Promise<Outcome> {
  const run = new RestRun(readRestTask(body), context);
  try {
    return await run.run();
  } catch (error) {
    const known = error instanceof CallFailed || error instanceof ExpressionError || error instanceof UnknownName;
    if (!known) throw error;
    context.log(error.message);
    return { status: "ERROR", errors: [error.message] };
  }
}

class RestRun {
  readonly #task: RestTask;
  readonly #context: RestRunContext;
  #names: Names;

  constructor(task: RestTask, context: RestRunContext) {
    this.#task = task;
    this.#context = context;
    this.#names = { parameters: { ...task.parameters, ...context.bindings } };
  }

  async run(): Promise<Outcome> {
    const { execute, poll, expressions } = this.#task;
    const executed = await this.#call("execute", execute);
    const values = Object.entries(expressions).map(([name, expression]) => {
      return [name, textOf(evaluate(this.#text(expression), executed))] as const;
    });
    this.#names = { ...this.#names, expressions: Object.fromEntries(values) };
    if (this.#context.terminating.aborted) return this.#cancel();
    // What did not start is not waited for.
    if (poll === undefined || executed.status >= 300) return this.#judge(executed);
    return this.#poll(poll);
  }

  async #poll({ call, condition, interval, maximum }: Polling): Promise<Outcome> {
    const { clock, terminating, log } = this.#context;
    const deadline = clock.now() + (maximum ?? 0);
    for (;;) {
      const next = clock.now() + (interval ?? 0);
      await clock.sleep(Math.min(next, deadline) - clock.now(), terminating);
      if (terminating.aborted) return this.#cancel();
      if (clock.signal.aborted) throw new CallFailed("The cloud was closed.");
      if (next > deadline) {
        const message = `Polling went on for more than ${(maximum ?? 0) / 1000} seconds.`;
        log(message);
        return { status: "ERROR", errors: [message] };
      }
      const response = await this.#call("poll", call);
      if (condition === undefined || !holds(this.#text(condition), response)) return this.#judge(response);
    }
  }

  #judge(response: CallAnswer): Outcome {
    const condition = this.#text(this.#task.successCondition);
    if (holds(condition, response)) return { status: "SUCCESS", errors: [], response };
    const excerpt = response.payload.slice(0, 1000);
    const message = `The success condition is false: ${condition}. The last response had the status ${response.status}: ${excerpt}`;
    this.#context.log(message);
    return { status: "ERROR", errors: [message], response };
  }

  async #cancel(): Promise<Outcome> {
    const { cancel } = this.#task;
    if (cancel === undefined) return { status: "TERMINATED", errors: [] };
    if (cancel.url === undefined) {
      return { status: "TERMINATED", errors: ["The termination has no URL, so that nothing was called."] };
    }
    const response = await this.#call("cancel", cancel);
    const failed = response.status >= 300;
    const message = `The termination was answered with ${response.status}: ${response.payload.slice(0, 1000)}`;
    return { status: "TERMINATED", errors: failed ? [message] : [] };
  }

  async #call(what: string, { method, url, headers, payload }: RestCall): Promise<CallAnswer> {
    const { caller, principal, log } = this.#context;
    const source = this.#task.principal;
    const call = {
      method,
      url: this.#text(url ?? ""),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, this.#text(value)])),
      payload: payload === undefined ? undefined : this.#text(payload),
    };
    const response = await caller.send(call, source === undefined ? undefined : principal(source));
    log(`${what}: ${method} ${call.url} was answered with ${response.status}.`);
    return response;
  }

  #text(text: string): string {
    return substitute(text, this.#names);
  }
}
