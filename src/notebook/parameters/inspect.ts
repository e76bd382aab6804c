import type { Notebook } from "../nbformat/types.ts";
import type { DeclaredParameter, Inspector } from "./inspect/declared.ts";
import { inspectPython } from "./inspect/python.ts";
import { assignmentsInspector } from "./inspect/assignments.ts";
import { inspectBash } from "./inspect/bash.ts";
import * as forms from "./inspect/languages.ts";
import { findLanguage } from "./languages.ts";
import type { Language } from "./language.ts";
import { bash } from "./languages/bash.ts";
import { csharp } from "./languages/csharp.ts";
import { fsharp } from "./languages/fsharp.ts";
import { javascript } from "./languages/javascript.ts";
import { julia } from "./languages/julia.ts";
import { matlab } from "./languages/matlab.ts";
import { powershell } from "./languages/powershell.ts";
import { python } from "./languages/python.ts";
import { r } from "./languages/r.ts";
import { scala } from "./languages/scala.ts";
import { findTagged } from "./tags.ts";

const inspectors: ReadonlyMap<Language, Inspector> = new Map([
  [python, inspectPython],
  [bash, inspectBash],
  [r, assignmentsInspector(forms.rAssignments)],
  [julia, assignmentsInspector(forms.juliaAssignments)],
  [scala, assignmentsInspector(forms.scalaAssignments)],
  [javascript, assignmentsInspector(forms.javascriptAssignments)],
  [csharp, assignmentsInspector(forms.csharpAssignments)],
  [fsharp, assignmentsInspector(forms.fsharpAssignments)],
  [powershell, assignmentsInspector(forms.powershellAssignments)],
  [matlab, assignmentsInspector(forms.matlabAssignments)],
]);

/**
 * The parameters that the first cell tagged `parameters` declares, with their defaults, in order.
 * Undefined where nothing can be said: there is no such cell, or its language is not one that can be read.
 */
export function inspectParameters(notebook: Notebook, language: string | undefined): DeclaredParameter[] | undefined {
  const cell = notebook.cells[parametersCell(notebook) ?? -1];
  const known = findLanguage(language);
  const inspector = known === undefined ? undefined : inspectors.get(known);
  if (cell === undefined || inspector === undefined) return undefined;
  return cell.cell_type === "code" ? inspector(cell.source) : [];
}

/** The index of the first cell tagged `parameters`, from 0; undefined where there is none. */
export function parametersCell(notebook: Notebook): number | undefined {
  const index = findTagged(notebook, "parameters");
  return index === -1 ? undefined : index;
}

/** The language that a notebook says it is in, as its kernelspec names it, else as its last kernel did; undefined where it says nothing. */
export function languageOf({ metadata }: Notebook): string | undefined {
  return named(metadata["kernelspec"], "language") ?? named(metadata["language_info"], "name");
}

function named(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null || !(key in value)) return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" && found !== "" ? found : undefined;
}
