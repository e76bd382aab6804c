import { stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { spawnGroup } from "../../process/group.ts";
import { exitCodeOf } from "../../process/exit.ts";
import { NbjobError } from "../../text/errors.ts";
import type { Log } from "../../text/log.ts";

type Environment = Readonly<Record<string, string>>;

/**
 * Runs the pack's own `conda-unpack`, which writes its new place into the files that hold the old one. A pack without one
 * holds none.
 * @throws NbjobError `environment` where it fails, as for another processor or an older system than the pack's
 */
export async function fixPrefixes(
  prefix: string,
  shown: string,
  { env, log, signal }: { readonly env: Environment; readonly log: Pick<Log, "debug">; readonly signal?: AbortSignal },
): Promise<void> {
  const script = join(prefix, "bin", "conda-unpack");
  if (!(await exists(script))) {
    log.debug(`Conda pack ${shown}: no conda-unpack in it`);
    return;
  }
  const python = (await exists(join(prefix, "bin", "python"))) ? join(prefix, "bin", "python") : undefined;
  // Its first line asks env for Python, which may be none or another one.
  const command = python === undefined ? ([script] as const) : ([python, script] as const);
  let said = "";
  const refuse = (why: string, cause?: unknown): NbjobError =>
    new NbjobError("environment", `The conda pack ${shown} cannot be used here: ${why}`, {
      location: shown,
      remedy: "Was it made on Linux, for this processor and a system no newer than this one?",
      ...(cause === undefined ? {} : { cause }),
    });
  const group = start();
  const settled = await group.settled;
  const code = exitCodeOf(settled);
  const last = said.trim().split("\n").at(-1) ?? "";
  if (code !== 0) throw refuse(`conda-unpack ended with exit code ${code}${last === "" ? "" : `: ${last}`}`);

  function start(): ReturnType<typeof spawnGroup> {
    try {
      return spawnGroup(command, {
        cwd: prefix,
        env: { ...withoutPython(env), PATH: [join(prefix, "bin"), env["PATH"] ?? ""].join(delimiter) },
        onOutput: (_stream, chunk) => void (said = (said + chunk.toString()).slice(-4_000)),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (!(error instanceof NbjobError)) throw error;
      throw refuse(error.message, error);
    }
  }
}

/** Without what points Python at another environment. */
export function withoutPython(env: Environment): Environment {
  const gone = new Set(["PYTHONHOME", "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT"]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !gone.has(name)));
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
