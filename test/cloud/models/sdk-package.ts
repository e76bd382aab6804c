import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseDeclaration, type Declaration } from "./declaration.ts";

/** How the subtypes of a model are told apart. */
export interface Subtypes {
  /** As in `jobType`. */
  readonly field: string;
  /** The model's name by the field's value. */
  readonly models: ReadonlyMap<string, string>;
}

/** The models of one SDK package. A file is read when its model is first asked for, and kept. */
export class SdkPackage {
  readonly #folder: string;
  readonly #declarations = new Map<string, Declaration>();
  readonly #subtypes = new Map<string, Subtypes | undefined>();
  #files: ReadonlyMap<string, string> | undefined;

  /** @param name as in `oci-datascience` */
  constructor(name: string) {
    this.#folder = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "lib", "model");
  }

  /** The names of all models. */
  get names(): readonly string[] {
    return [...this.#index().keys()];
  }

  declaration(name: string): Declaration {
    const known = this.#declarations.get(name);
    if (known !== undefined) return known;
    const declaration = parseDeclaration(name, this.#read(name, ".d.ts"));
    this.#declarations.set(name, declaration);
    return declaration;
  }

  /** The declarations of a model and of those that it extends. */
  lineage(name: string): readonly Declaration[] {
    const declaration = this.declaration(name);
    return declaration.parent === undefined ? [declaration] : [...this.lineage(declaration.parent), declaration];
  }

  /** The subtypes of a model, which only its code tells. */
  subtypes(name: string): Subtypes | undefined {
    if (!this.#subtypes.has(name)) this.#subtypes.set(name, parseSubtypes(this.#read(name, ".js")));
    return this.#subtypes.get(name);
  }

  #read(name: string, extension: string): string {
    const file = this.#index().get(name);
    if (file === undefined) throw new Error(`There is no model ${name} in ${this.#folder}.`);
    return readFileSync(join(this.#folder, `${file}${extension}`), "utf8");
  }

  #index(): ReadonlyMap<string, string> {
    this.#files ??= new Map(
      [
        ...readFileSync(join(this.#folder, "index.d.ts"), "utf8").matchAll(/^import \* as (\w+) from "\.\/([^"]+)";/gm),
      ].map(([, name = "", file = ""]) => [name, file]),
    );
    return this.#files;
  }
}

function parseSubtypes(code: string): Subtypes | undefined {
  const [, field, cases = ""] = /switch \(obj\.(\w+)\) \{([\s\S]*?)default:/.exec(code) ?? [];
  if (field === undefined) return undefined;
  const found = [...cases.matchAll(/case "([^"]*)":\s*return model\.(\w+)\./g)];
  return { field, models: new Map(found.map(([, value = "", name = ""]) => [value, name])) };
}
