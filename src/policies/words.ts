/** Text with blanks in it: what only the user can fill in has a name, for people and for Terraform. */

export interface Blank {
  /** As people read it: `OCID of the compartment of bucket results`. */
  readonly what: string;
}

export type Words = readonly (string | Blank)[];

/** Joins texts, blanks and words into words: words`in compartment id ${compartment}`. */
export function words(strings: TemplateStringsArray, ...values: readonly (string | Blank | Words)[]): Words {
  return strings.flatMap((string, index) => {
    const value = values[index];
    if (value === undefined) return [string];
    // Array.isArray does not narrow a readonly array away.
    return [string, ...(typeof value === "string" || "what" in value ? [value] : value)];
  });
}

/** As people read them, a blank between angle brackets. */
export function plain(text: Words): string {
  return text.map((part) => (typeof part === "string" ? part : `<${part.what}>`)).join("");
}

/** Every blank once, in order. */
export function blanksIn(texts: readonly Words[]): readonly Blank[] {
  const found = new Map<string, Blank>();
  for (const part of texts.flat()) if (typeof part !== "string" && !found.has(part.what)) found.set(part.what, part);
  return [...found.values()];
}
