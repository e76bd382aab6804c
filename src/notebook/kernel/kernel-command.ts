/** From a kernelspec to the command line and environment of its process. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { findProgram } from "../../process/command.ts";
import { withBoot } from "./boot.ts";
import { pythonPrefixes } from "./places.ts";
import type { KernelSpec } from "./specs.ts";

type Environment = Readonly<Record<string, string>>;

export interface KernelCommand {
  readonly argv: readonly [string, ...string[]];
  readonly env: Environment;
}

export interface CommandOptions {
  readonly connectionFile: string;
  readonly env: Environment;
  readonly cwd: string;
  readonly prefixes?: readonly string[];
  /** Process id that the kernel watches, to end with it. */
  readonly parent: number;
}

/** Fills in the kernelspec's templates as jupyter_client does. */
export function kernelCommand(spec: KernelSpec, options: CommandOptions): KernelCommand {
  const prefix = specPrefix(spec);
  const values: Readonly<Record<string, string>> = {
    connection_file: options.connectionFile,
    resource_dir: spec.folder,
    prefix: prefix ?? pythonPrefixes(options)[0] ?? "",
  };
  const home = options.env.HOME ?? "";
  const filled = spec.argv.map((part) =>
    part.replace(/^~(?=\/|$)/, home).replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
  );
  const [program = "", ...args] = filled;
  const argv: [string, ...string[]] = [resolveProgram(program, prefix, options), ...args];
  if (isIpykernel(argv) && !argv.some((part) => part.includes("HistoryManager")))
    // Parallel kernels would fight over one SQLite file in the home folder, and each cell would wait for it.
    argv.push("--HistoryManager.hist_file=:memory:");
  return { argv: withBoot(argv), env: kernelEnvironment(spec, options) };
}

/** True for the command line of IPython's own kernel. */
function isIpykernel(argv: readonly string[]): boolean {
  return argv.includes("ipykernel_launcher") || argv.includes("ipykernel");
}

/** The environment that a spec in `<prefix>/share/jupyter/kernels/<name>` belongs to. */
function specPrefix(spec: KernelSpec): string | undefined {
  const at = spec.folder.lastIndexOf("/share/jupyter/kernels/");
  return at < 0 ? undefined : spec.folder.slice(0, at) || "/";
}

/**
 * ipykernel installs a kernel.json that says just `python`: jupyter_client puts its own interpreter there,
 * which for us is that of the spec's environment.
 */
function resolveProgram(program: string, prefix: string | undefined, options: CommandOptions): string {
  if (program.includes("/")) return resolve(options.cwd, program);
  if (/^python(3(\.\d+)?)?$/.test(program)) {
    const prefixes = [...(prefix === undefined ? [] : [prefix]), ...pythonPrefixes(options)];
    const candidates = prefixes.flatMap((at) => [program, "python", "python3"].map((name) => join(at, "bin", name)));
    const python = candidates.find((path) => existsSync(path));
    if (python !== undefined) return python;
  }
  return findProgram(program, options.env, options.cwd) ?? program;
}

function kernelEnvironment(spec: KernelSpec, { env, parent }: CommandOptions): Environment {
  const result: Record<string, string> = { ...env };
  if (/^python/i.test(spec.language)) delete result.PYTHONEXECUTABLE;
  for (const [name, value] of Object.entries(spec.env))
    result[name] = value.replace(
      /\$(?:\$|(\w+)|\{(\w+)\})/g,
      (whole, plain: string | undefined, braced: string | undefined) => {
        if (whole === "$$") return "$";
        return env[plain ?? braced ?? ""] ?? whole;
      },
    );
  // ipykernel ends itself when this process is gone, and leaves out a banner about how it was started.
  result.JPY_PARENT_PID = String(parent);
  return result;
}
