/** Which kernel runs a notebook. */
import { join } from "node:path";
import { NbjobError } from "../../text/errors.ts";
import type { Metadata } from "../nbformat/types.ts";
import { askPython } from "./native.ts";
import { kernelFolders, type PlacesOptions } from "./places.ts";
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
 * Finds the kernelspec to use. Python is started only where no kernel.json has the name.
 * @throws {NbjobError} `environment`, listing the kernels that are installed, where none fits.
 */
export async function resolveKernel(options: ResolveOptions): Promise<KernelChoice> {
  const wish = wished(options);
  let installed = await listKernelSpecs(kernelFolders(options));
  let spec = find(installed, wish.name);
  if (!spec) {
    installed = await installedKernels(options);
    spec = find(installed, wish.name);
  }
  const choice = spec ?? (wish.explicit ? undefined : byLanguage(installed, wish));
  if (!choice) throw notFound(wish, installed);
  if (!spec && wish.named)
    options.warn?.(
      `The kernel "${wish.name}" is not installed; "${choice.name}" (${choice.language}) runs the notebook instead`,
    );
  return { ...usable(choice), prefixes: options.prefixes ?? [] };
}

/** Every kernel there is to choose from; asks the environment's Python, which may be one itself. */
export async function installedKernels(options: PlacesOptions): Promise<readonly KernelSpec[]> {
  const python = await askPython(options);
  const folders = kernelFolders(options);
  const own = python && join(python.prefix, "share", "jupyter", "kernels");
  const specs = await listKernelSpecs(own === undefined || folders.includes(own) ? folders : [...folders, own]);
  return python?.kernel === undefined || find(specs, "python3") ? specs : [python.kernel, ...specs];
}

interface Wish {
  readonly name: string;
  readonly explicit: boolean;
  readonly named: boolean;
  /** In lower case; empty where nothing tells. */
  readonly language: string;
  readonly displayName: string;
}

function wished({ requested, metadata = {} }: ResolveOptions): Wish {
  const { kernelspec, language_info: languageInfo } = metadata;
  const name = requested ?? field(kernelspec, "name");
  const language = (field(kernelspec, "language") ?? field(languageInfo, "name") ?? "").toLowerCase();
  const named = name !== undefined;
  return {
    // Without a kernelspec the language decides; without either it is Python, as everywhere.
    name: name ?? (language === "" || language === "python" ? "python3" : language),
    explicit: requested !== undefined,
    named,
    language: language === "" && !named ? "python" : language,
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
  const isPython = wish.language === "python" || wish.name.toLowerCase().startsWith("python");
  const lacksPython = isPython && !installed.some((spec) => spec.language.toLowerCase() === "python");
  const install = `Install a kernel${wish.language === "" ? "" : ` for ${wish.language}`}, or choose one that is installed.`;
  return new NbjobError(
    "environment",
    installed.length === 0
      ? `The kernel "${wish.name}" is not installed, nor is any other.`
      : `The kernel "${wish.name}" is not installed. Installed are: ${list}.`,
    { remedy: lacksPython ? "Install one in the environment: pip install ipykernel" : install },
  );
}
