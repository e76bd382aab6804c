import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { NbjobError } from "../../text/errors.ts";
import type { CondaEnvironment } from "./install.ts";

/** What is to be known of a kernel. */
export interface ChosenKernel {
  readonly language: string;
  readonly argv: readonly string[];
  readonly folder: string;
}

/**
 * A Python notebook must run in the pack's own Python: a kernel found elsewhere would start the image's.
 * @throws NbjobError `environment` where the pack has no ipykernel
 */
export async function checkKernel(conda: CondaEnvironment, kernel: ChosenKernel | undefined): Promise<void> {
  if (kernel !== undefined && kernel.language.toLowerCase() !== "python") return;
  const inside = kernel?.folder.startsWith(`${conda.prefix}/`) === true || kernel?.argv[0]?.startsWith(conda.prefix);
  if (inside === true || (await hasIpykernel(conda.prefix))) return;
  throw new NbjobError("environment", `The conda pack ${conda.location} has no ipykernel, which a notebook needs.`, {
    location: conda.location,
    remedy: "Add it to the environment before it is packed: conda install ipykernel",
  });
}

async function hasIpykernel(prefix: string): Promise<boolean> {
  const lib = join(prefix, "lib");
  for (const python of (await readdir(lib).catch(() => [])).filter((name) => name.startsWith("python3"))) {
    const found = await stat(join(lib, python, "site-packages", "ipykernel")).catch(() => undefined);
    if (found !== undefined) return true;
  }
  return false;
}
