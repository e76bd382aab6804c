import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { JobSpec } from "../spec/jobspec.ts";

/**
 * The self-contained nbjob for the processor of a job's shape: this program itself where it is one, else what
 * `npm run executable` has made beside it. Undefined where there is none.
 */
export async function ownExecutable(
  { oci }: JobSpec,
  [executable, script]: readonly [string, ...string[]],
): Promise<string | undefined> {
  // Ampere's shapes: VM.Standard.A1.Flex, VM.Standard.A2.Flex.
  const arch = /\.A\d+\.Flex$/.test(oci.infrastructure?.shape ?? "") ? "arm64" : "x64";
  if (script === undefined) return arch === process.arch && process.platform === "linux" ? executable : undefined;
  const made = join(dirname(dirname(script)), "executable", `nbjob-linux-${arch}`);
  return (await stat(made).catch(() => undefined))?.isFile() === true ? made : undefined;
}
