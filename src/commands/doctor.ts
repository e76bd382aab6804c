import { tmpdir } from "node:os";
import { diagnose } from "../doctor/diagnose.ts";
import { expand } from "../spec/expand.ts";
import { asFolder, displayLocation, joinLocation, parseLocation, type Location } from "../storage/location.ts";
import { bytesSource } from "../storage/source.ts";
import { openStores } from "../storage/stores.ts";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { doctorText } from "./doctor-text.ts";
import { plainEnvironment } from "./environment.ts";
import { text } from "./options.ts";

/** How long the report may take to be written, in milliseconds. */
const writeLimit = 60_000;

/**
 * `nbjob doctor`: what is to be known of this container, as text or JSON, and as JSON to `--output`.
 * It is printed before it is written, so that a place that cannot be reached hides nothing.
 */
export async function doctorCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const { cwd, log, version, now } = context;
  const env = plainEnvironment(context.env);
  const named = text(invocation, "output");
  const target = named === undefined ? undefined : reportLocation(named, cwd, env);
  const offline = invocation.values["offline"] === true;
  const diagnosis = await diagnose({ env, cwd, tempFolder: tmpdir(), version, offline, now });
  const json = JSON.stringify(diagnosis, undefined, 2);
  log.print(invocation.values["json"] === true ? json : doctorText(diagnosis));
  if (target === undefined) return 0;
  const stores = openStores({ env, log });
  try {
    const signal = AbortSignal.timeout(writeLimit);
    const source = bytesSource(Buffer.from(`${json}\n`));
    await stores.store(target).write(target, source, { contentType: "application/json", signal });
    log.info(`The report is in ${displayLocation(target)}`);
    return 0;
  } finally {
    await stores.close();
  }
}

/**
 * A name that ends with .json is the report's own; any other is a folder's. `${NAME}` is expanded here too: the command of
 * a job run passes through no shell.
 */
function reportLocation(named: string, cwd: string, env: Readonly<Record<string, string>>): Location {
  const expanded = expand(named, env);
  if (!("text" in expanded)) {
    const why = "unknown" in expanded ? `${expanded.unknown.join(", ")} is not set` : "a ${ is not closed";
    throw new NbjobError("usage", `--output ${named}: ${why}`, { remedy: "Write $$ for a dollar." });
  }
  const baseFolder = asFolder({ kind: "file", path: cwd });
  const location = parseLocation(expanded.text, { baseFolder, reason: "usage" });
  return /\.json$/i.test(expanded.text) ? location : joinLocation(asFolder(location), "doctor.json");
}
