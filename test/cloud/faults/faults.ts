import type { Exchange } from "../http/exchange.ts";
import { isRecord } from "../http/exchange.ts";
import { invalidParameter } from "../http/refusal.ts";
import { matches, type Fault, type FaultRule, type Match, type Side } from "./fault.ts";

interface Armed {
  readonly rule: FaultRule;
  readonly fault: Fault;
  skip: number;
  times: number;
  hits: number;
}

/** The faults that wait for their requests. */
export class Faults {
  #armed: Armed[] = [];
  #seed = 1;

  /** Arms a fault; it is spent after `times` requests, one by default. */
  add(rule: FaultRule & Fault): void {
    this.#armed.push({ rule, fault: rule, skip: rule.skip ?? 0, times: rule.times ?? 1, hits: 0 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** What is armed, with how often each has happened and how often it still will. */
  list(): readonly { readonly rule: FaultRule; readonly hits: number; readonly left: number }[] {
    return this.#armed.map(({ rule, hits, times }) => ({ rule, hits, left: times }));
  }

  /** How often faults happened since they were armed. */
  get hits(): number {
    return this.#armed.reduce((sum, { hits }) => sum + hits, 0);
  }

  /** The faults that this request meets; each is spent by that. */
  meet(exchange: Pick<Exchange, "method" | "target" | "operation">): readonly Fault[] {
    const met: Fault[] = [];
    for (const armed of this.#armed) {
      if (armed.times <= 0 || !matches(armed.rule.match ?? {}, exchange)) continue;
      if (armed.skip > 0) {
        armed.skip--;
        continue;
      }
      if (this.#random() >= (armed.rule.rate ?? 1)) continue;
      armed.times--;
      armed.hits++;
      met.push(armed.fault);
    }
    return met;
  }

  /** A linear congruential generator: the same faults meet the same requests on every run. */
  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed / 2 ** 32;
  }
}

/** A rule as `POST /_faults` takes it. */
export function parseRule(value: unknown): FaultRule & Fault {
  if (!isRecord(value)) throw invalidParameter("A fault is a JSON object.");
  const match: Match = isRecord(value.match)
    ? { ...text(value.match, "method"), ...text(value.match, "path"), ...text(value.match, "operation") }
    : {};
  return { match, ...number(value, "skip"), ...number(value, "times"), ...number(value, "rate"), ...parseFault(value) };
}

function parseFault(value: Readonly<Record<string, unknown>>): Fault {
  const side: { side?: Side } = value.side === "request" || value.side === "response" ? { side: value.side } : {};
  switch (value.kind) {
    case "slow":
      return { kind: "slow", ...number(value, "milliseconds"), ...number(value, "bytesPerSecond"), ...side };
    case "reset-mid-body":
      return { kind: "reset-mid-body", ...number(value, "afterBytes"), ...side };
    case "status": {
      const details = { ...text(value, "code"), ...text(value, "message"), ...number(value, "retryAfter") };
      return { kind: "status", status: 503, ...number(value, "status"), ...details };
    }
    case "corrupt":
      return { kind: "corrupt", ...side };
    case "error-after-commit":
      return { kind: "error-after-commit", ...number(value, "status") };
    case "late":
      return { kind: "late", milliseconds: 0, ...number(value, "milliseconds") };
    case "skew":
      return { kind: "skew", seconds: 0, ...number(value, "seconds") };
    case "reset-before":
    case "expire-token":
      return { kind: value.kind };
    default:
      throw invalidParameter(`There is no fault of kind ${JSON.stringify(value.kind)}.`);
  }
}

function number<K extends string>(value: Readonly<Record<string, unknown>>, key: K): { [P in K]?: number } {
  const found = value[key];
  const result: { [P in K]?: number } = {};
  if (typeof found === "number") result[key] = found;
  return result;
}

function text<K extends string>(value: Readonly<Record<string, unknown>>, key: K): { [P in K]?: string } {
  const found = value[key];
  const result: { [P in K]?: string } = {};
  if (typeof found === "string") result[key] = found;
  return result;
}
