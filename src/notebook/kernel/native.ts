/** Jupyter's native kernel: a Python that can import ipykernel is a kernel, also without a kernel.json. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { findProgram } from "../../process/command.ts";
import { pythonPrefixes, type PlacesOptions } from "./places.ts";
import type { KernelSpec } from "./specs.ts";

export interface NativePython {
  /** Its `sys.prefix`, which its path does not always tell: behind pyenv, python is a shell script. */
  readonly prefix: string;
  /** The kernel that it is; undefined without ipykernel. */
  readonly kernel: KernelSpec | undefined;
}

const question =
  "import importlib.util as u, sys; print(sys.prefix); print(sys.executable); print(u.find_spec('ipykernel') is not None)";
/** Milliseconds. */
const patience = 30_000;

/** Starts the environment's Python to ask it, which the search for kernel.json files avoids; undefined where there is none. */
export async function askPython(options: PlacesOptions): Promise<NativePython | undefined> {
  const inPrefix = pythonPrefixes(options)
    .map((prefix) => join(prefix, "bin", "python3"))
    .find((path) => existsSync(path));
  const python = inPrefix ?? findProgram("python3", options.env, "/") ?? findProgram("python", options.env, "/");
  if (python === undefined) return undefined;
  try {
    const { stdout } = await promisify(execFile)(python, ["-c", question], { env: options.env, timeout: patience });
    const [prefix = "", executable = python, hasKernel] = stdout.split("\n");
    return { prefix, kernel: hasKernel === "True" ? nativeKernel(executable) : undefined };
  } catch {
    return undefined; // It does not run: then it is no kernel either.
  }
}

function nativeKernel(python: string): KernelSpec {
  return {
    name: "python3",
    displayName: "Python 3 (ipykernel)",
    language: "python",
    argv: [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    env: {},
    interruptMode: "signal",
    metadata: {},
    folder: "",
  };
}
