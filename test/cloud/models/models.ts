/**
 * Judges request bodies by the models that an SDK package declares, as the service would: required fields, types,
 * enums, and the subtype that a discriminator names.
 *
 * - An optional field may be `null`; a required one may not.
 * - A number may come as a string of digits, as published samples send it; nothing else is converted.
 * - Fields that no model knows are let through, as the services do (published payloads carry some), and remembered
 *   in {@link Models.unknown}, so that a test can see that a client of ours sends none.
 */
import { isRecord } from "../http/exchange.ts";
import { invalidParameter } from "../http/refusal.ts";
import type { Declaration, Field, FieldType } from "./declaration.ts";
import { SdkPackage } from "./sdk-package.ts";

/** Where the wire is known to differ from the declarations. All are fields of the body itself. */
export interface Exceptions {
  /** Required by the SDK, but not by the service. */
  readonly optional?: readonly string[];
  /** Not looked at. */
  readonly unchecked?: readonly string[];
}

/** The models of one SDK package, as a judge of what is sent to its service. Costs nothing until it is first used. */
export class Models {
  readonly #name: string;
  #package: SdkPackage | undefined;
  /** Fields that no model has, as in `CreateJobDetails.jobConfigurationDetails.jobtype`. */
  readonly unknown = new Set<string>();

  /** @param name of the package, as in `oci-datascience` */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * @param model as in `CreateJobDetails`
   * @throws {Refusal} 400 InvalidParameter, with every problem that the body has
   */
  check(model: string, body: unknown, exceptions: Exceptions = {}): void {
    this.#package ??= new SdkPackage(this.#name);
    const check = new Check(this.#package, exceptions);
    check.value({ kind: "model", names: [model] }, body, "");
    for (const path of check.unknown) this.unknown.add(`${model}.${path}`);
    if (check.problems.length > 0) throw invalidParameter(`${check.problems.join("; ")}.`);
  }
}

/** One look at one body. */
class Check {
  readonly #package: SdkPackage;
  readonly #exceptions: Exceptions;
  readonly problems: string[] = [];
  readonly unknown: string[] = [];

  constructor(sdk: SdkPackage, exceptions: Exceptions) {
    this.#package = sdk;
    this.#exceptions = exceptions;
  }

  value(type: FieldType, value: unknown, path: string): void {
    switch (type.kind) {
      case "any":
        return;
      case "array":
        return this.#array(type.of, value, path);
      case "map":
        return this.#map(type.of, value, path);
      case "enum":
        return this.#enum(this.#package.declaration(type.model).enums.get(type.name) ?? [], value, path);
      case "model":
        return this.#model(type.names, value, path);
      default:
        if (!isOfKind(type.kind, value)) this.#problem(path, `must be ${article[type.kind]}`);
    }
  }

  #array(of: FieldType, value: unknown, path: string): void {
    if (!Array.isArray(value)) return this.#problem(path, "must be an array");
    for (const [index, item] of value.entries()) this.value(of, item, `${path}[${index}]`);
  }

  #map(of: FieldType, value: unknown, path: string): void {
    if (!isRecord(value)) return this.#problem(path, "must be an object");
    for (const [key, item] of Object.entries(value)) this.value(of, item, join(path, key));
  }

  #enum(values: readonly string[], value: unknown, path: string): void {
    if (typeof value === "string" && values.includes(value)) return;
    this.#problem(path, `must be one of ${values.join(", ")}, not ${shown(value)}`);
  }

  #model(names: readonly string[], value: unknown, path: string): void {
    const [first = ""] = names;
    const { fields, enums } = this.#package.declaration(first);
    const own = enums.get(first);
    if (own !== undefined && fields.size === 0) return this.#enum(own, value, path);
    if (!isRecord(value)) return this.#problem(path, "must be an object");
    const name = this.#subtype(names, value, path);
    if (name !== undefined) this.#fields(this.#package.lineage(name), value, path);
  }

  /** Which model a value is, by its discriminator; undefined where it names none. */
  #subtype(names: readonly string[], value: Readonly<Record<string, unknown>>, path: string): string | undefined {
    const known = new Map<string, string>();
    let field: string | undefined;
    for (const name of names) {
      const subtypes = this.#package.subtypes(name);
      const { discriminator } = this.#package.declaration(name);
      field ??= subtypes?.field ?? discriminator?.field;
      for (const [key, subtype] of subtypes?.models ?? []) known.set(key, subtype);
      if (discriminator !== undefined) known.set(discriminator.value, name);
    }
    if (field === undefined) return names[0];
    const named = value[field];
    const found = typeof named === "string" ? known.get(named) : undefined;
    if (found === undefined) {
      const wanted = `must be one of ${[...known.keys()].join(", ")}`;
      const at = join(path, field);
      this.#problem(
        at,
        named === undefined || named === null ? `must not be null: it ${wanted}` : `${wanted}, not ${shown(named)}`,
      );
    }
    return found;
  }

  #fields(lineage: readonly Declaration[], value: Readonly<Record<string, unknown>>, path: string): void {
    const fields = new Map<string, Field>(lineage.flatMap((declaration) => [...declaration.fields]));
    const { optional = [], unchecked = [] } = path === "" ? this.#exceptions : {};
    for (const [name, { required, type }] of fields) {
      const found = value[name];
      if (unchecked.includes(name)) continue;
      if (found !== undefined && found !== null) this.value(type, found, join(path, name));
      else if (required && !optional.includes(name)) this.#problem(join(path, name), "must not be null");
    }
    for (const name of Object.keys(value)) if (!fields.has(name)) this.unknown.push(join(path, name));
  }

  #problem(path: string, what: string): void {
    this.problems.push(`${path === "" ? "The request body" : path} ${what}`);
  }
}

const article = { string: "a string", number: "a number", boolean: "a boolean", date: "a date and time" } as const;

function isOfKind(kind: keyof typeof article, value: unknown): boolean {
  switch (kind) {
    case "number":
      return typeof value === "number" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value));
    case "date":
      return typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value) && !Number.isNaN(Date.parse(value));
    case "string":
    case "boolean":
      return typeof value === kind;
  }
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 100);
}
