import type { Diagnosis, Fact } from "../doctor/diagnose.ts";
import { columns, shortened } from "../text/columns.ts";
import { oneLine } from "../text/one-line.ts";

/** Longer values are cut: `--json` has them whole. */
const widest = 110;

/** Left out for people: hundreds of rows, summed up beside them. */
const forMachines = new Set(["python.packages"]);

/** A diagnosis for people: a title for each section, names and values beneath it, lists of like things as tables. */
export function doctorText({ time, sections, failures }: Diagnosis): string {
  const parts = Object.entries(sections).map(([name, fact]) => {
    const failed = failures.find(({ section }) => section === name);
    const lines = failed === undefined ? linesOf(name, fact) : [`could not be found out: ${cell(failed.why)}`];
    return [titleOf(name), ...(lines.length === 0 ? ["none"] : lines).map((line) => `  ${line}`)].join("\n");
  });
  return [`nbjob doctor, ${time}`, ...parts].join("\n\n");
}

function linesOf(path: string, fact: Fact): readonly string[] {
  if (fact === null) return [];
  if (isList(fact)) return listLines(fact);
  if (typeof fact !== "object") return [cell(fact)];
  const rows: string[][] = [];
  const below: string[] = [];
  for (const [name, value] of Object.entries(fact)) {
    if (forMachines.has(`${path}.${name}`)) continue;
    const nested = typeof value === "object" && value !== null && !(isList(value) && value.every(isWord));
    if (!nested) rows.push([titleOf(name), isList(value) ? cell(value.map(cell).join(" ")) : cell(value)]);
    else below.push(`${titleOf(name)}:`, ...linesOf(`${path}.${name}`, value).map((line) => `  ${line}`));
  }
  return [...columns(rows), ...below];
}

function listLines(list: readonly Fact[]): readonly string[] {
  const heads = [
    ...new Set(list.flatMap((item) => (typeof item === "object" && item !== null ? Object.keys(item) : []))),
  ];
  if (heads.length === 0) return list.map(cell);
  const rows = list.map((item) => {
    const values = new Map(Object.entries(item ?? {}));
    return heads.map((head) => {
      const value: Fact = values.get(head) ?? null;
      return isList(value) ? cell(value.map(cell).join(" ")) : cell(value);
    });
  });
  return columns([heads.map((head) => titleOf(head).toUpperCase()), ...rows]);
}

function isList(fact: Fact): fact is readonly Fact[] {
  return Array.isArray(fact);
}

/** Words go on one line, sentences on a line each. */
function isWord(fact: Fact): boolean {
  return typeof fact === "string" ? !fact.includes(" ") : typeof fact !== "object" || fact === null;
}

function cell(fact: Fact): string {
  if (fact === null) return "-";
  if (typeof fact === "boolean") return fact ? "yes" : "no";
  return shortened(oneLine(typeof fact === "object" ? JSON.stringify(fact) : String(fact)), widest);
}

/** `memoryBytes` → `memory bytes` */
function titleOf(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
