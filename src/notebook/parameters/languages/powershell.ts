import { hex, risky } from "../escape.ts";
import { literals, words, type Language } from "../language.ts";
import { fitsLong } from "../widths.ts";

/** PowerShell takes typographic single quotes for single quotes. */
const characters = risky("'\u2018\u2019\u201a\u201b");

/** A single-quoted text, in which nothing but the quote means anything; what it cannot hold is added by its number. */
function string(text: string): string {
  const pieces: string[] = [];
  let plain = "";
  for (const [index, piece] of text.split(new RegExp(`(${characters.source})`, "gu")).entries()) {
    // Every second piece is what was matched.
    if (index % 2 === 0 || piece === "'") plain += piece.replaceAll("'", "''");
    else {
      if (plain !== "" || pieces.length === 0) pieces.push(`'${plain}'`);
      plain = "";
      for (const unit of piece.split("")) pieces.push(`[char]0x${hex(unit.charCodeAt(0), 4)}`);
    }
  }
  if (plain !== "" || pieces.length === 0) pieces.push(`'${plain}'`);
  return pieces.length === 1 ? pieces.join("") : `(${pieces.join(" + ")})`;
}

export const powershell: Language = {
  title: "PowerShell",
  names: ["powershell", "pwsh", ".net-powershell", ".net-pwsh"],
  // Its characters are UTF-16 units, of which those beyond the first plane are no letters.
  identifier: /^(?!.*[\u{10000}-\u{10ffff}])[\p{L}_][\p{L}\p{Nd}_]*$/u,
  fold: (name) => name.toLowerCase(),
  // Read-only, or set by PowerShell itself before the next statement reads them.
  reserved: words(`
    _ args consolefilename enabledexperimentalfeatures error event eventargs eventsubscriber executioncontext false foreach home
    host input iscoreclr islinux ismacos iswindows lastexitcode matches myinvocation nestedpromptlevel null ofs pid profile
    psboundparameters pscmdlet pscommandpath psculture psdebugcontext psdefaultparametervalues psedition pshome psitem
    psscriptroot pssenderinfo psuiculture psversiontable pwd sender shellid stacktrace switch this true`),
  comment: (text) => `# ${text}`,
  assign: (name, literal) => `$${name} = ${literal}`,
  literal: literals({
    null: "$null",
    true: "$true",
    false: "$false",
    nan: "[double]::NaN",
    infinity: "[double]::PositiveInfinity",
    minusInfinity: "[double]::NegativeInfinity",
    // The least of the 64-bit integers has no literal: it would be minus a number that is too large.
    integer: (value) => (fitsLong(value) && fitsLong(-value) ? String(value) : `([bigint]'${value}')`),
    string,
    // A lone list inside @( ) would lend its elements; the comma before it keeps it whole.
    list: (items, values) => `@(${values.length === 1 && values[0]?.kind === "list" ? ", " : ""}${items.join(", ")})`,
    map: (entries) => `@{${entries.map(({ key, item }) => `${string(key)} = ${item}`).join("; ")}}`,
  }),
  refusal(value) {
    if (value.kind !== "map") return undefined;
    const keys = new Set(value.entries.map(([key]) => key.toUpperCase()));
    return keys.size === value.entries.length
      ? undefined
      : "has keys that differ in case only, which are one key in PowerShell";
  },
};
