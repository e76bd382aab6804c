import { NbjobError, type Problem } from "../../text/errors.ts";
import type { Language } from "./language.ts";
import { plainOf, type ParameterValue, type Plain } from "./value.ts";

/** With which keyword an earlier cell declares a variable; undefined for none. */
export type DeclaredWith = (name: string) => string | undefined;

/**
 * The source of a cell that assigns the values, as papermill writes it: a comment, then one line a parameter.
 * @throws NbjobError `invalid-job-file` with a problem for each name that is no variable's and each value the language cannot hold.
 */
export function translateParameters(
  values: Readonly<Record<string, ParameterValue>>,
  language: Language,
  declared?: DeclaredWith,
): string {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  const lines: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const key = `parameters.${name}`;
    const wrong = wrongName(name, language) ?? clash(name, language, seen);
    if (wrong !== undefined) problems.push({ key, message: wrong });
    const plain = plainOf(value, key);
    const refused = [...refusals(plain, key, language)];
    problems.push(...refused);
    if (wrong === undefined && refused.length === 0)
      lines.push(language.assign(name, language.literal(plain), declared?.(name)));
  }
  if (problems.length > 0) {
    throw new NbjobError("invalid-job-file", `The parameters cannot be written in ${language.title}`, { problems });
  }
  return `${[language.comment("Parameters"), ...lines].join("\n")}\n`;
}

function wrongName(name: string, { title, identifier, reserved, fold = asIs }: Language): string | undefined {
  // Folded, a keyword in bold letters becomes the keyword.
  const folded = fold(name);
  // A format character cannot be seen, and some versions of a language take it where others do not.
  if (/\p{Cf}/u.test(name) || !identifier.test(name) || !identifier.test(folded)) {
    return `${JSON.stringify(name)} cannot be the name of a variable in ${title}.`;
  }
  const taken = reserved.has(name) || reserved.has(folded);
  return taken ? `${JSON.stringify(name)} has a meaning of its own in ${title}.` : undefined;
}

function clash(name: string, { title, fold = asIs }: Language, seen: Map<string, string>): string | undefined {
  const folded = fold(name);
  const other = seen.get(folded);
  seen.set(folded, name);
  return other === undefined ? undefined : `In ${title} it is the same variable as ${JSON.stringify(other)}.`;
}

const asIs = (name: string): string => name;

function* refusals(value: Plain, key: string, language: Language): Generator<Problem> {
  const refusal = language.refusal?.(value);
  if (refusal !== undefined) yield { key, message: `It ${refusal}.` };
  if (value.kind === "list") {
    for (const [index, item] of value.items.entries()) yield* refusals(item, `${key}[${index}]`, language);
  }
  if (value.kind === "map") {
    for (const [name, item] of value.entries) {
      const refusedKey = language.refusal?.({ kind: "string", value: name });
      if (refusedKey !== undefined) yield { key: `${key}.${name}`, message: `Its name ${refusedKey}.` };
      yield* refusals(item, `${key}.${name}`, language);
    }
  }
}
