/** What is wrong in a notebook, gathered, so that one look at it names all. */
import { NbjobError, type Problem } from "../../text/errors.ts";
import { RawNumber } from "./raw-number.ts";
import type { Json } from "./types.ts";

/** As many are told one by one. */
const told = 20;

export type JsonObject = { [key: string]: Json };

export class Faults {
  readonly #location: string;
  readonly #problems: Problem[] = [];
  #count = 0;

  /** @param location of the notebook, as the user would write it */
  constructor(location: string) {
    this.#location = location;
  }

  /**
   * Notes a fault.
   * @param path JSON path, `$.cells[3].source`
   * @param value what stands there, undefined for nothing
   * @param rule what must stand there, as the end of "it must be"
   */
  add(path: string, value: Json | undefined, rule: string): void {
    this.#count++;
    if (this.#problems.length >= told) return;
    this.#problems.push({ message: `${path} is ${describe(value)}; it must be ${rule}`, key: path });
  }

  /** @throws {NbjobError} `invalid-work` if there is any fault */
  check(): void {
    if (this.#count === 0) return;
    const first = this.#problems[0]?.message ?? "";
    const message =
      this.#count === 1
        ? `The notebook is invalid: ${first}`
        : `The notebook is invalid in ${this.#count} places, first: ${first}`;
    throw new NbjobError("invalid-work", message, { location: this.#location, problems: this.#problems });
  }

  object(path: string, value: Json | undefined): JsonObject | undefined {
    if (isObject(value)) return value;
    this.add(path, value, "an object");
    return undefined;
  }

  list(path: string, value: Json | undefined): Json[] | undefined {
    if (Array.isArray(value)) return value;
    this.add(path, value, "a list");
    return undefined;
  }

  text(path: string, value: Json | undefined): string {
    if (typeof value === "string") return value;
    this.add(path, value, "a text");
    return "";
  }

  /** A text that may be in lines; they come back joined. */
  lines(path: string, value: Json | undefined): string {
    if (typeof value === "string") return value;
    if (!Array.isArray(value)) this.add(path, value, "a text or a list of lines");
    else return this.texts(path, value).join("");
    return "";
  }

  texts(path: string, value: Json | undefined): string[] {
    return (this.list(path, value) ?? []).map((item, index) => this.text(`${path}[${index}]`, item));
  }

  /** An execution count. */
  count(path: string, value: Json | undefined): number | null {
    const count = value instanceof RawNumber ? Number(value.raw) : value;
    if (count === null) return null;
    if (typeof count === "number" && Number.isInteger(count) && count >= 0) return count;
    this.add(path, value, "a count or null");
    return null;
  }
}

/** True for an object that is no list, null or number. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof RawNumber);
}

/** A JSON path one key on. */
export function at(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** What a value is, without giving away more than a word of it. */
function describe(value: Json | undefined): string {
  if (value === undefined) return "missing";
  if (value instanceof RawNumber) return "a number";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return value.length <= 32 ? JSON.stringify(value) : "a text";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
