/** How parameters are declared in the languages that are read by their assignments alone. */
import type { Assignments } from "./assignments.ts";
import { interpolated, matching, oneOf, quoted, type StringEnd } from "./strings.ts";

const word = String.raw`[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}_]*`;
const integer = /^[+-]?\d[\d_]*$/;
const float = /^[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** C's and its heirs' strings on one line. */
const doubleQuoted = quoted('"', { escape: "\\", lines: false });
const cComments = { lineComment: /\/\//y, blockComment: { open: "/*", close: "*/", nests: false } };

export const rAssignments: Assignments = {
  lexicon: {
    lineComment: /#/y,
    stringEnd: oneOf(
      matching(/[rR](["'])(-*)(?:\(.*?\)|\[.*?\]|\{.*?\})\2\1/sy),
      quoted('"', { escape: "\\" }),
      quoted("'", { escape: "\\" }),
      quoted("`", { escape: "\\" }),
    ),
    continuesAfterEquals: true,
  },
  signs: ["=", "<-", "<<-"],
  head: /^(?<name>[\p{L}.][\p{L}\p{Nd}._]*)$/u,
  textType: "character",
  types: [
    [/^(?:TRUE|FALSE|T|F)$/, "logical"],
    [/^[+-]?\d+L$/, "integer"],
    [float, "numeric"],
    [/^NULL$/, "NULL"],
    [/^list\(.*\)$/s, "list"],
    [/^c\(.*\)$/s, "vector"],
  ],
};

const juliaString: StringEnd = oneOf(
  matching(/raw"""[^]*?"""|raw"(?:\\.|[^"\\])*"/y),
  interpolated('"""', "\\", "$(", ")", () => juliaString),
  interpolated('"', "\\", "$(", ")", () => juliaString),
  // After a name or a bracket the quote means the adjoint.
  matching(/(?<![\p{L}\p{N}_)\]}'])'(?:\\[^]|[^'\\\n])[^'\n]{0,9}'/uy),
);

export const juliaAssignments: Assignments = {
  lexicon: {
    lineComment: /#(?!=)/y,
    blockComment: { open: "#=", close: "=#", nests: true },
    stringEnd: juliaString,
    continuesAfterEquals: true,
  },
  signs: ["="],
  head: new RegExp(String.raw`^(?:(?:const|global)\s+)?(?<name>${word}!*)(?:\s*::\s*(?<type>.+))?$`, "u"),
  textType: "String",
  types: [
    [/^(?:true|false)$/, "Bool"],
    [integer, "Int64"],
    [float, "Float64"],
    [/^nothing$/, "Nothing"],
    [/^'(?:\\.+|[^'\\])'$/u, "Char"],
    [/^\[.*\]$/s, "Vector"],
    [/^([A-Z]\w*)(?:\{.*?\})?\(.*\)$/s, (match) => match[1] ?? ""],
  ],
};

export const scalaAssignments: Assignments = {
  lexicon: {
    ...cComments,
    blockComment: { open: "/*", close: "*/", nests: true },
    stringEnd: oneOf(matching(/"""[^]*?"""+/y), doubleQuoted, matching(/'(?:\\u+\w{4}|\\.|[^'\\\n])'/y)),
    continuesAfterEquals: true,
  },
  signs: ["="],
  head: new RegExp(String.raw`^(?:(?:final|implicit|lazy)\s+)*va[lr]\s+(?<name>${word})(?:\s*:\s*(?<type>.+))?$`, "u"),
  textType: "String",
  types: [
    [/^(?:true|false)$/, "Boolean"],
    [/^[+-]?\d+[lL]$/, "Long"],
    [integer, "Int"],
    [/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]$/, "Float"],
    [float, "Double"],
    [/^None$/, "Option"],
    [/^([A-Z]\w*)(\[.*?\])?\(.*\)$/s, (match) => (match[1] ?? "") + (match[2] ?? "")],
  ],
};

const javascriptString: StringEnd = oneOf(
  doubleQuoted,
  quoted("'", { escape: "\\", lines: false }),
  interpolated("`", "\\", "${", "}", () => javascriptString),
);

export const javascriptAssignments: Assignments = {
  lexicon: { ...cComments, stringEnd: javascriptString, continuesAfterEquals: true },
  signs: ["="],
  head: /^(?:(?:export\s+)?(?:var|let|const)\s+)?(?<name>[\p{ID_Start}$_][\p{ID_Continue}$]*)(?:\s*:\s*(?<type>.+))?$/u,
  several: /^(?:export\s+)?(?:var|let|const)\b/,
  textType: "string",
  types: [
    [/^(?:true|false)$/, "boolean"],
    [/^[+-]?\d[\d_]*n$/, "bigint"],
    [float, "number"],
    [/^[+-]?(?:0[xX][\da-fA-F_]+|NaN|Infinity)$/, "number"],
    [/^null$/, "null"],
    [/^\[.*\]$/s, "array"],
    [/^\{.*\}$/s, "object"],
  ],
};

export const csharpAssignments: Assignments = {
  lexicon: {
    ...cComments,
    foreign: /#/y,
    stringEnd: oneOf(
      matching(/\$*("""+)[^]*?\1"*/y),
      matching(/(?:\$@|@\$|@)"(?:""|[^"])*"/y),
      matching(/\$?"(?:\\.|[^"\\\n])*"/y),
      matching(/'(?:\\[^'\n]+|\\'|[^'\\\n])'/y),
    ),
    continuesAfterEquals: true,
  },
  signs: ["="],
  head: new RegExp(
    String.raw`^(?:(?:const|readonly|static|public|private)\s+)*(?:var|(?<type>${word}[\p{L}\p{Nd}_.<>\[\],? ]*?))\s+@?(?<name>${word})$`,
    "u",
  ),
  textType: "string",
  types: [
    [/^(?:true|false)$/, "bool"],
    [integer, "int"],
    [/^[+-]?\d[\d_]*[lL]$/, "long"],
    [/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[mM]$/, "decimal"],
    [/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]$/, "float"],
    [/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dD]?$/, "double"],
    [/^new\s+([\w.]+(?:<[^>]*>+)?(?:\[\])*)/, (match) => match[1] ?? ""],
  ],
};

export const fsharpAssignments: Assignments = {
  lexicon: {
    lineComment: /\/\//y,
    blockComment: { open: "(*", close: "*)", nests: true },
    foreign: /#/y,
    stringEnd: oneOf(
      matching(/\$?"""[^]*?"""/y),
      matching(/@"(?:""|[^"])*"/y),
      matching(/\$?"(?:\\[^]|[^"\\])*"/y),
      matching(/(?<![\p{L}\p{N}_])'(?:\\[^'\n]+|\\'|[^'\\\n])'/uy),
    ),
    continuesAfterEquals: true,
  },
  signs: ["="],
  head: new RegExp(String.raw`^let\s+(?:mutable\s+)?(?<name>${word}'*)(?:\s*:\s*(?<type>.+))?$`, "u"),
  textType: "string",
  types: [
    [/^(?:true|false)$/, "bool"],
    [integer, "int"],
    [/^[+-]?\d[\d_]*L$/, "int64"],
    [/^[+-]?\d[\d_]*I$/, "bigint"],
    [float, "float"],
    [/^\[\|.*\|\]$/s, "array"],
    [/^\[.*\]$/s, "list"],
  ],
};

const powershellString: StringEnd = oneOf(
  matching(/@'[^\S\n]*\n[^]*?\n'@/y),
  matching(/@"[^\S\n]*\n[^]*?\n"@/y),
  quoted("'", { doubled: true }),
  interpolated('"', "`", "$(", ")", () => powershellString),
);

export const powershellAssignments: Assignments = {
  lexicon: {
    lineComment: /#(?!!)/y,
    blockComment: { open: "<#", close: "#>", nests: false },
    foreign: /#!/y,
    continuation: "`",
    stringEnd: powershellString,
    continuesAfterEquals: true,
  },
  signs: ["="],
  head: /^(?:\[(?<type>[^[\]]+(?:\[\])?)\]\s*)?\$(?:(?:global|local|private|script):)?(?<name>[\p{L}_][\p{L}\p{Nd}_]*)$/iu,
  textType: "string",
  types: [
    [/^\$(?:true|false)$/i, "bool"],
    [integer, "int"],
    [float, "double"],
    [/^\$null$/i, "null"],
    [/^@\(.*\)$/s, "array"],
    [/^(?:\[ordered\]\s*)?@\{.*\}$/is, "hashtable"],
  ],
};

export const matlabAssignments: Assignments = {
  lexicon: {
    lineComment: /%(?!\{[^\S\n]*\n)|\.\.\.[^\n]*(?=\n)/y,
    blockComment: { open: "%{", close: "%}", nests: true },
    stringEnd: oneOf(
      quoted('"', { doubled: true, lines: false }),
      // After a name, a bracket or a quote it means the transpose.
      matching(/(?<![\p{L}\p{N}_)\]}'.])'(?:''|[^'\n])*'/uy),
    ),
  },
  signs: ["="],
  head: /^(?<name>[A-Za-z]\w*)$/,
  types: [
    [/^"(?:""|[^"])*"$/, "string"],
    [/^'(?:''|[^'])*'$/, "char"],
    [/^(?:true|false)$/, "logical"],
    [float, "double"],
    [/^\{.*\}$/s, "cell"],
    [/^containers\.Map\(.*\)$/s, "containers.Map"],
  ],
};
