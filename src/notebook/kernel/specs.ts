/** Kernelspecs: `kernel.json` files in `kernels/<name>/` of the folders that Jupyter searches. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "./connection.ts";
import { isJsonObject } from "./decode.ts";

/** One installed kernel, as its `kernel.json` describes it. */
export interface KernelSpec {
  /** Folder name in lower case. */
  readonly name: string;
  readonly displayName: string;
  /** As the spec writes it; empty where it says nothing. */
  readonly language: string;
  /** Not yet filled in: `{connection_file}`, `{resource_dir}`, `{prefix}`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly interruptMode: "signal" | "message";
  readonly metadata: JsonObject;
  /** The folder that holds `kernel.json`; empty for a kernel that has none. */
  readonly folder: string;
}

const validName = /^[a-z0-9._-]+$/i;

/** Every kernelspec in these `kernels` folders; of two with one name the first wins. A `kernel.json` that cannot be read is passed over. */
export async function listKernelSpecs(folders: readonly string[]): Promise<readonly KernelSpec[]> {
  const found = new Map<string, KernelSpec>();
  for (const folder of folders) {
    for (const entry of await names(folder)) {
      const spec = found.has(entry.toLowerCase()) ? undefined : await readKernelSpec(join(folder, entry));
      if (spec) found.set(spec.name, spec);
    }
  }
  return [...found.values()];
}

async function names(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.filter((entry) => validName.test(entry)).toSorted();
}

/** The kernelspec in this folder; undefined where there is none or it is not usable. */
export async function readKernelSpec(folder: string): Promise<KernelSpec | undefined> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(folder, "kernel.json"), "utf8"));
  } catch {
    return undefined;
  }
  if (!isJsonObject(json)) return undefined;
  const argv = Array.isArray(json.argv) ? json.argv.filter((item) => typeof item === "string") : [];
  if (argv.length === 0) return undefined;
  const name = (folder.split("/").at(-1) ?? "").toLowerCase();
  const env = isJsonObject(json.env) ? json.env : {};
  return {
    name,
    displayName: typeof json.display_name === "string" ? json.display_name : name,
    language: typeof json.language === "string" ? json.language : "",
    argv,
    env: Object.fromEntries(
      Object.entries(env).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
    ),
    interruptMode: json.interrupt_mode === "message" ? "message" : "signal",
    metadata: isJsonObject(json.metadata) ? json.metadata : {},
    folder,
  };
}
