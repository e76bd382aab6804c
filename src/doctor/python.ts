import { findProgram } from "../process/command.ts";
import type { Fact } from "./probe.ts";
import { outputOf } from "./output-of.ts";

/** Asked of the Python itself: what it sees is what the work sees. */
const question = `
import json, sys
from importlib import metadata
found = {}
for one in metadata.distributions():
    name = (one.metadata or {}).get("Name")
    if name: found.setdefault(name, one.version)
print(json.dumps({"version": sys.version.split()[0], "executable": sys.executable, "prefix": sys.prefix,
                  "packages": dict(sorted(found.items(), key=lambda item: item[0].lower()))}))
`;

/** Packages whose versions explain most questions. */
const telling = [
  "ipykernel",
  "ipython",
  "jupyter-client",
  "pyzmq",
  "numpy",
  "pandas",
  "torch",
  "tensorflow",
  "oci",
  "oracle-ads",
];

/** The Python on PATH and its packages; null for none. */
export async function python(env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Fact> {
  const program = findProgram("python3", env, "/") ?? findProgram("python", env, "/");
  if (program === undefined) return null;
  const text = await outputOf([program, "-c", question], env, signal);
  // The shape is the question's own.
  const { packages, ...rest } = JSON.parse(text) as { readonly packages: Readonly<Record<string, string>> };
  const wanted = Object.entries(packages).filter(([name]) =>
    telling.includes(name.toLowerCase().replaceAll(/[_.]/g, "-")),
  );
  return { ...rest, packageCount: Object.keys(packages).length, telling: Object.fromEntries(wanted), packages };
}
