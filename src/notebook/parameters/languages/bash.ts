import { risky } from "../escape.ts";
import { jsonText } from "../json-text.ts";
import { literals, words, type Language } from "../language.ts";
import { notUnicode } from "../refusal.ts";
import type { Plain } from "../value.ts";

const hidden = risky("");
const inAnsiC = risky("'\\!");
const short: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A text as one word: bare where nothing in it means anything to Bash, in quotes, or as `$'…'` where it must be escaped. */
function string(text: string): string {
  if (/^[A-Za-z0-9@%+:,./_-]+$/.test(text)) return text;
  // An interactive Bash, which the kernel is, takes `!` for its history wherever older versions lose count of the quotes.
  if (!text.match(hidden) && !(text.includes("'") && text.includes("!"))) return `'${text.replaceAll("'", `'"'"'`)}'`;
  return `$'${text.replaceAll(inAnsiC, (character) => short[character] ?? octets(character))}'`;
}

/** The bytes of UTF-8, three octal digits each: unlike `\u`, they do not depend on the locale, and unlike `\x` they end by themselves. */
function octets(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

const item = (value: Plain): string =>
  value.kind === "list" || value.kind === "map" ? string(jsonText(value)) : scalar(value);

const scalar = literals({
  null: "''",
  true: "true",
  false: "false",
  nan: "NaN",
  infinity: "Infinity",
  minusInfinity: "-Infinity",
  string,
  list: () => "",
  map: () => "",
});

/**
 * Bash has no values but text and lists of texts. A list is an array; a map, and a list inside another, is its JSON text, for jq to read.
 */
export const bash: Language = {
  title: "Bash",
  names: ["bash", "bash_kernel"],
  identifier: /^(?!BASH|COMP_|DIRSTACK$|FUNC|HIST|LC_|LD_|MAIL|PIPESTATUS$|PS[0-4]$|READLINE_)[A-Za-z_][A-Za-z0-9_]*$/,
  // Read-only, set by Bash, or read by it: PROMPT_COMMAND, PS1 and their like would run their value as code, IFS and PATH change all code.
  reserved: words(`
    _ CDPATH CHILD_MAX COLUMNS COPROC EMACS ENV EPOCHREALTIME EPOCHSECONDS EUID EXECIGNORE FCEDIT FIGNORE GLOBIGNORE GROUPS HOME
    HOSTFILE HOSTNAME HOSTTYPE IFS IGNOREEOF INPUTRC INSIDE_EMACS LANG LINENO LINES MACHTYPE MAPFILE OLDPWD OPTARG OPTERR OPTIND
    OSTYPE PATH POSIXLY_CORRECT PPID PROMPT_COMMAND PROMPT_DIRTRIM PWD RANDOM REPLY SECONDS SHELL SHELLOPTS SHLVL SRANDOM TERM
    TIMEFORMAT TMOUT TMPDIR UID auto_resume histchars`),
  comment: (text) => `# ${text}`,
  assign: (name, literal) => `${name}=${literal}`,
  literal: (value) => (value.kind === "list" ? `(${value.items.map(item).join(" ")})` : item(value)),
  refusal(value) {
    if (value.kind === "string" && value.value.includes("\0"))
      return "holds the character NUL, which no variable of Bash can";
    return notUnicode(value, "Bash");
  },
};
