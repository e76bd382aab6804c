/** Which kernel runs a notebook. */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { NbjobError } from "../../text/errors.ts";
import type { Metadata } from "../nbformat/types.ts";
import { kernelFolders, type PlacesOptions, pythonPrefixes } from "./places.ts";
import { listKernelSpecs, type KernelSpec } from "./specs.ts";

export interface ResolveOptions extends PlacesOptions {
  /** A kernel named by the job file or the command line. It must exist. */
  readonly requested?: string;
  /** The notebook's metadata: its `kernelspec` and `language_info` name the kernel where nothing is requested. */
  readonly metadata?: Metadata;
  /** Told where another kernel than the notebook's own is used. */
  readonly warn?: (message: string) => void;
}

/** The kernelspec to use, and where its interpreter is looked for. */
export interface KernelChoice extends KernelSpec {
  readonly prefixes: readonly string[];
}

/**
 * Finds the kernelspec to use.
 * @throws {NbjobError} `environment`, listing the kernels that are installed, where none fits.
 */
export async function resolveKernel(options: ResolveOptions): Promise<KernelChoice> {
  const installed = await installedKernels(options);
  const wish = wished(options);
  const prefixes = options.prefixes ?? [];
  const spec = find(installed, wish.name);
  if (spec) return { ...usable(spec), prefixes };
  const substitute = wish.explicit ? undefined : byLanguage(installed, wish);
  if (!substitute) throw notFound(wish, installed);
  const choice = usable(substitute);
  options.warn?.(
    `The kernel "${wish.name}" is not installed; "${choice.name}" (${choice.language}) runs the notebook instead.`,
  );
  return { ...choice, prefixes };
}

/** Every kernel there is to choose from, the environment's Python with ipykernel but without a kernel.json included. */
export async function installedKernels(options: PlacesOptions): Promise<readonly KernelSpec[]> {
  const specs = await listKernelSpecs(kernelFolders(options));
  if (find(specs, "python3")) return specs;
  const native = nativePython(options);
  return native ? [native, ...specs] : specs;
}

interface Wish {
  readonly name: string;
  readonly explicit: boolean;
  readonly language: string;
  readonly displayName: string;
}

function wished({ requested, metadata = {} }: ResolveOptions): Wish {
  const kernelspec = metadata.kernelspec;
  const languageInfo = metadata.language_info;
  const name = requested ?? field(kernelspec, "name");
  const language = (field(kernelspec, "language") ?? field(languageInfo, "name") ?? "").toLowerCase();
  return {
    name: name ?? "python3",
    explicit: requested !== undefined,
    language: language === "" && name === undefined ? "python" : language,
    displayName: field(kernelspec, "display_name") ?? "",
  };
}

function field(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null || !(key in value)) return undefined;
  const item: unknown = Reflect.get(value, key);
  return typeof item === "string" && item !== "" ? item : undefined;
}

function find(specs: readonly KernelSpec[], name: string): KernelSpec | undefined {
  const wanted = name.toLowerCase();
  const named = (known: string): KernelSpec | undefined => specs.find((spec) => spec.name === known);
  return named(wanted) ?? (wanted === "python" ? named("python3") : undefined);
}

/** A kernel of the notebook's own language. Python 2 code does not run on Python 3, whatever the language is called. */
function byLanguage(specs: readonly KernelSpec[], wish: Wish): KernelSpec | undefined {
  if (wish.language === "" || wish.name.toLowerCase() === "python2") return undefined;
  const same = specs.filter((spec) => spec.language.toLowerCase() === wish.language);
  return (
    same.find((spec) => spec.displayName === wish.displayName) ??
    same.find((spec) => spec.name === "python3") ??
    same[0]
  );
}

/** jupyter_client's native kernel: a Python that can import ipykernel needs no kernel.json. Found without starting Python. */
function nativePython(options: PlacesOptions): KernelSpec | undefined {
  const prefix = pythonPrefixes(options).find((at) =>
    sitePackages(at).some((site) => existsSync(join(site, "ipykernel"))),
  );
  if (prefix === undefined) return undefined;
  return {
    name: "python3",
    displayName: "Python 3 (ipykernel)",
    language: "python",
    argv: [join(prefix, "bin", "python3"), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    env: {},
    interruptMode: "signal",
    metadata: {},
    folder: "",
  };
}

function sitePackages(prefix: string): readonly string[] {
  const lib = join(prefix, "lib");
  const pythons = readdirOrNone(lib).filter((name) => name.startsWith("python3"));
  return pythons.flatMap((name) => [join(lib, name, "site-packages"), join(lib, name, "dist-packages")]);
}

function readdirOrNone(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function usable(spec: KernelSpec): KernelSpec {
  const provisioner = field(spec.metadata.kernel_provisioner, "provisioner_name");
  if (provisioner === undefined || provisioner === "local-provisioner") return spec;
  throw new NbjobError(
    "environment",
    `The kernel "${spec.name}" is started by ${provisioner}; nbjob only starts kernels on its own machine.`,
    { location: join(spec.folder, "kernel.json"), remedy: "Choose another kernel." },
  );
}

function notFound(wish: Wish, installed: readonly KernelSpec[]): NbjobError {
  const list = installed.map((spec) => `${spec.name} (${spec.language || "unknown language"})`).join(", ");
  const python = wish.language === "python" || wish.name.startsWith("python");
  return new NbjobError(
    "environment",
    installed.length === 0
      ? `The kernel "${wish.name}" is not installed, nor is any other.`
      : `The kernel "${wish.name}" is not installed. Installed are: ${list}.`,
    {
      remedy: python
        ? "Install it in the environment: pip install ipykernel"
        : `Install a kernel${wish.language === "" ? "" : ` for ${wish.language}`}, or choose one that is installed.`,
    },
  );
}

/** For messages: the folders that were searched. */
export function searched(options: PlacesOptions): string {
  return kernelFolders(options).join(delimiter);
}
