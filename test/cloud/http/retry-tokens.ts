import type { Exchange, Headers } from "./exchange.ts";
import { Refusal } from "./refusal.ts";

/** What a route says, before it is written. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Headers;
}

/** Answers a request that came twice with the same `opc-retry-token` the same way, having done once what it asks. */
export class RetryTokens {
  readonly #known = new Map<string, { readonly text: string; readonly answer: Promise<Answer> }>();

  async answer(exchange: Exchange, make: () => Promise<Answer>): Promise<Answer> {
    const token = exchange.header("opc-retry-token");
    if (token === undefined || exchange.method !== "POST") return make();
    const key = JSON.stringify([exchange.principal.id, exchange.path, token]);
    const text = (await exchange.bytes()).toString("utf8");
    const known = this.#known.get(key);
    if (known !== undefined && known.text !== text) {
      throw new Refusal(409, "InvalidatedRetryToken", "The retry token was used for another request.");
    }
    if (known !== undefined) return known.answer;
    const answer = make();
    this.#known.set(key, { text, answer });
    // What was refused may be tried again.
    answer.catch(() => this.#known.delete(key));
    return answer;
  }
}
