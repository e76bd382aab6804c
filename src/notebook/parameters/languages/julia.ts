import { escapeText, risky, unicodeEscape } from "../escape.ts";
import { literals, words, type Language } from "../language.ts";
import type { Plain } from "../value.ts";

const characters = risky('"\\$');
const short = { '"': '\\"', "\\": "\\\\", $: "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const string = (text: string): string => `"${escapeText(text, characters, short, unicodeEscape)}"`;

export const julia: Language = {
  title: "Julia",
  names: ["julia"],
  // Only underscores: Julia reads nothing back from such a name.
  identifier: /^(?!_+$)[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}_!]*$/u,
  reserved: words(`
    baremodule begin break catch ccall const continue do else elseif end export false finally for function global if import in
    isa let local macro module quote return struct true try using where while Any Dict Inf NaN nothing`),
  fold: (name) => name.normalize("NFC"),
  comment: (text) => `# ${text}`,
  assign: (name, literal) => `${name} = ${literal}`,
  literal: literals({
    null: "nothing",
    true: "true",
    false: "false",
    nan: "NaN",
    infinity: "Inf",
    minusInfinity: "-Inf",
    string,
    list: (items, values) => `${convertsNothing(values) ? "" : "Any"}[${items.join(", ")}]`,
    map: (entries) => `Dict(${entries.map(({ key, item }) => `${string(key)} => ${item}`).join(", ")})`,
  }),
};

/** Whether `[…]` keeps every element as it is: Julia makes `[1, true]` into `[1, 1]`, and `[2^62 + 1, 0.5]` into rounded floats. */
function convertsNothing(values: readonly Plain[]): boolean {
  const [first] = values;
  if (first === undefined) return false;
  const small = values.every(
    (value) => value.kind === "float" || (value.kind === "integer" && Number.isSafeInteger(Number(value.value))),
  );
  if (small) return true;
  return first.kind !== "list" && first.kind !== "map" && values.every(({ kind }) => kind === first.kind);
}
