import { floatText, type Plain } from "./value.ts";

/** How one language writes values down. Adding a language is adding one of these to `languages.ts`. */
export interface Language {
  /** As people write it: `C#`. */
  readonly title: string;
  /** Names of the language and of its well-known kernels, in small letters. */
  readonly names: readonly string[];
  /** What may be the name of a variable, keywords aside. */
  readonly identifier: RegExp;
  /** Keywords, names that cannot be assigned, and names that the literals below need. */
  readonly reserved: ReadonlySet<string>;
  /** The name that the language takes a name for, where it is not the same: in small letters, or in a normal form. */
  readonly fold?: (name: string) => string;
  comment(text: string): string;
  /** @param keyword with which an earlier cell has declared the variable, if one has and {@link declarations} tells */
  assign(name: string, literal: string, keyword?: string): string;
  /** The variables that a source declares with a keyword that decides how they can be set again: name → keyword. */
  declarations?(source: string): ReadonlyMap<string, string>;
  /** A literal that means the value and nothing else, on one line. */
  literal(value: Plain): string;
  /** Why this language cannot hold the value (its parts aside), as the end of "It …". */
  refusal?(value: Plain): string | undefined;
}

/** The parts of a literal that differ between languages. */
export interface Forms {
  readonly null: string;
  readonly true: string;
  readonly false: string;
  readonly nan: string;
  readonly infinity: string;
  readonly minusInfinity: string;
  integer?(value: bigint): string;
  string(text: string): string;
  /** `items` are `values`, written down. */
  list(items: readonly string[], values: readonly Plain[]): string;
  map(entries: readonly { readonly key: string; readonly item: string; readonly value: Plain }[]): string;
}

/** The `literal` of a language, from its forms. */
export function literals(forms: Forms): (value: Plain) => string {
  const write = (value: Plain): string => {
    switch (value.kind) {
      case "null":
        return forms.null;
      case "boolean":
        return value.value ? forms.true : forms.false;
      case "integer":
        return forms.integer?.(value.value) ?? String(value.value);
      case "float":
        if (Number.isNaN(value.value)) return forms.nan;
        if (!Number.isFinite(value.value)) return value.value > 0 ? forms.infinity : forms.minusInfinity;
        return floatText(value.value);
      case "string":
        return forms.string(value.value);
      case "list":
        return forms.list(value.items.map(write), value.items);
      case "map":
        return forms.map(value.entries.map(([key, item]) => ({ key, item: write(item), value: item })));
    }
  };
  return write;
}

/** A set from words in a row. */
export function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ""));
}
