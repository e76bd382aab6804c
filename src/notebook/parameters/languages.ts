import { NbjobError } from "../../text/errors.ts";
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

const languages: readonly Language[] = [python, r, julia, scala, csharp, fsharp, powershell, matlab, bash, javascript];

const byName: ReadonlyMap<string, Language> = new Map(
  languages.flatMap((language) => language.names.map((name) => [name, language] as const)),
);

/** Undefined for a language that parameters cannot be written in. */
export function findLanguage(name: string | undefined): Language | undefined {
  return name === undefined ? undefined : byName.get(name.trim().toLowerCase());
}

/**
 * The language of a kernel: by the language's name, else by the kernel's own, as `.net-csharp`.
 * @throws NbjobError `invalid-job-file` for one that parameters cannot be written in, naming those that they can.
 */
export function requireLanguage(name: string | undefined, kernelName: string | undefined): Language {
  const found = findLanguage(name) ?? findLanguage(kernelName);
  if (found !== undefined) return found;
  const known = languages.map(({ title }) => title);
  throw new NbjobError(
    "invalid-job-file",
    `Parameters cannot be written for the kernel ${JSON.stringify(kernelName ?? "")}, whose language is ${JSON.stringify(name ?? "")}`,
    {
      problems: [
        { key: "parameters", message: `They can be written in ${known.slice(0, -1).join(", ")} and ${known.at(-1)}.` },
      ],
      remedy: "Remove the parameters, and let the notebook read environment variables instead.",
    },
  );
}
