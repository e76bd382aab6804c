import { risky } from "../escape.ts";
import { literals, words, type Language } from "../language.ts";
import { isExactDouble } from "../refusal.ts";

const most = 2n ** 64n;

export const matlab: Language = {
  title: "MATLAB",
  names: ["matlab", "imatlab", "jupyter_matlab_kernel", "jupyter-matlab-kernel"],
  identifier: /^[A-Za-z][A-Za-z0-9_]{0,62}$/,
  reserved: words(`
    break case catch classdef continue else elseif end for function global if otherwise parfor persistent return spmd switch try
    while Inf NaN char containers false true`),
  comment: (text) => `% ${text}`,
  assign: (name, literal) => `${name} = ${literal};`,
  literal: literals({
    // As papermill writes it.
    null: "NaN",
    true: "true",
    false: "false",
    nan: "NaN",
    infinity: "Inf",
    minusInfinity: "-Inf",
    integer(value) {
      if (isExactDouble(value)) return String(value);
      // A decimal literal would be rounded to a double first; a hexadecimal one with a suffix is exact.
      return value < 2n ** 63n ? `0x${hex64(BigInt.asUintN(64, value))}s64` : `0x${hex64(value)}u64`;
    },
    string: (text) => join(text, '"', " + "),
    list: (items) => `{${items.join(", ")}}`,
    map(entries) {
      if (entries.length === 0) return "containers.Map()";
      const keys = entries.map(({ key }) => charArray(key)).join(", ");
      return `containers.Map({${keys}}, {${entries.map(({ item }) => item).join(", ")}}, 'UniformValues', false)`;
    },
  }),
  refusal(value) {
    if (value.kind !== "integer" || isExactDouble(value.value)) return undefined;
    return value.value >= -(2n ** 63n) && value.value < most
      ? undefined
      : "has more digits than a number of MATLAB keeps; write it in quotes, as text";
  },
};

/** A text in quotes, in which nothing but the quote means anything; what it cannot hold is joined by its number. */
function join(text: string, quote: string, joiner: string): string {
  const pieces = text.split(new RegExp(`(${risky("").source})`, "gu")).flatMap((piece, index) => {
    if (index % 2 === 0)
      return piece === "" && index > 0 ? [] : [quote + piece.replaceAll(quote, quote + quote) + quote];
    return piece.split("").map((unit) => `char(${unit.charCodeAt(0)})`);
  });
  return pieces.length === 1 ? pieces.join("") : `(${pieces.join(joiner)})`;
}

function charArray(text: string): string {
  const joined = join(text, "'", " ");
  return joined.startsWith("(") ? `[${joined.slice(1, -1)}]` : joined;
}

function hex64(value: bigint): string {
  return value.toString(16).padStart(16, "0");
}
