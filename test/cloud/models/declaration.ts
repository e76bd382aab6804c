/**
 * Reads the declaration files that OCI's generator writes: one interface or enum a file, its fields quoted, its own
 * enums in the namespace of its name, and the value of its discriminator as a constant there.
 */
export type FieldType =
  | { readonly kind: "string" | "number" | "boolean" | "date" | "any" }
  | { readonly kind: "array" | "map"; readonly of: FieldType }
  /** One of several models, told apart by a discriminator; usually there is only one. */
  | { readonly kind: "model"; readonly names: readonly string[] }
  /** An enum in the namespace of a model. */
  | { readonly kind: "enum"; readonly model: string; readonly name: string };

export interface Field {
  readonly required: boolean;
  readonly type: FieldType;
}

/** What one file declares. A model that is an enum itself has no fields, and its values under its own name. */
export interface Declaration {
  readonly name: string;
  readonly parent: string | undefined;
  readonly fields: ReadonlyMap<string, Field>;
  readonly enums: ReadonlyMap<string, readonly string[]>;
  /** The field that tells subtypes apart, with this type's own value. */
  readonly discriminator: { readonly field: string; readonly value: string } | undefined;
}

/** @throws {Error} for what the generator never wrote so far */
export function parseDeclaration(name: string, text: string): Declaration {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const [, parent, body = ""] =
    new RegExp(`export interface ${name}(?: extends model\\.(\\w+))? \\{([\\s\\S]*?)^\\}`, "m").exec(code) ?? [];
  const [, field, value] = /^ {4}const (\w+) = "([^"]*)";/m.exec(code) ?? [];
  return {
    name,
    parent,
    fields: fieldsOf(body),
    enums: enumsOf(code),
    discriminator: field === undefined || value === undefined ? undefined : { field, value },
  };
}

function enumsOf(code: string): ReadonlyMap<string, readonly string[]> {
  const enums = [...code.matchAll(/\benum (\w+) \{([\s\S]*?)\}/g)];
  return new Map(
    enums.map(([, name = "", body = ""]) => {
      const values = [...body.matchAll(/= "([^"]*)"/g)].map(([, value = ""]) => value);
      // The SDK's own word for what it does not know is never sent.
      return [name, values.filter((value) => value !== "UNKNOWN_VALUE")];
    }),
  );
}

function fieldsOf(body: string): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  const tokens = new Tokens(body);
  while (!tokens.ended) {
    const name = tokens.take();
    const required = !tokens.skip("?");
    tokens.expect(":");
    fields.set(name.slice(1, -1), { required, type: typeOf(tokens) });
    tokens.expect(";");
  }
  return fields;
}

function typeOf(tokens: Tokens): FieldType {
  const first = singleType(tokens);
  if (first.kind !== "model") return first;
  const names = [...first.names];
  while (tokens.skip("|")) {
    const further = singleType(tokens);
    if (further.kind !== "model") throw new Error(`A union of other things than models: ${JSON.stringify(further)}`);
    names.push(...further.names);
  }
  return { kind: "model", names };
}

function singleType(tokens: Tokens): FieldType {
  const token = tokens.take();
  switch (token) {
    case "string":
    case "number":
    case "boolean":
    case "any":
      return { kind: token };
    case "Date":
      return { kind: "date" };
    case "Array": {
      tokens.expect("<");
      const of = typeOf(tokens);
      tokens.expect(">");
      return { kind: "array", of };
    }
    case "{": {
      tokens.expect("[key: string]");
      tokens.expect(":");
      const of = typeOf(tokens);
      tokens.expect(";");
      tokens.expect("}");
      return { kind: "map", of };
    }
    default:
      return namedType(token);
  }
}

function namedType(token: string): FieldType {
  const [model = "", name, ...rest] = token.split(".");
  if (name === undefined || rest.length > 0) throw new Error(`A type that the generator never wrote so far: ${token}`);
  return model === "model" ? { kind: "model", names: [name] } : { kind: "enum", model, name };
}

class Tokens {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = text.match(/"[^"]*"|\[key: string\]|[\w.]+|\S/g) ?? [];
  }

  get ended(): boolean {
    return this.#next >= this.#tokens.length;
  }

  take(): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw new Error("The declaration ends in the middle of a field.");
    return token;
  }

  skip(token: string): boolean {
    if (this.#tokens[this.#next] !== token) return false;
    this.#next++;
    return true;
  }

  expect(token: string): void {
    const found = this.take();
    if (found !== token) throw new Error(`The declaration has "${found}" where "${token}" was expected.`);
  }
}
