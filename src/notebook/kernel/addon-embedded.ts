/**
 * ZeroMQ's native addon in the single executable, in the place of the package's own `lib/load-addon.js`.
 * The system loads code from files only: the addon is written to a private folder, loaded and removed again at once.
 * @throws {NbjobError} `environment`, when first imported, where no folder can be written and executed from
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { getRawAsset } from "node:sea";
import { NbjobError } from "../../text/errors.ts";
import { messageOf } from "../../text/message-of.ts";

/** The stock image has the addon here, so that nothing need be written there. */
const installed = "/opt/nbjob/zeromq.node";

function load(): unknown {
  const failures: string[] = [];
  if (existsSync(installed)) {
    const loaded = attempt(installed, failures);
    if (loaded !== undefined) return loaded;
  }
  // Containers often have a /tmp from which nothing may be executed (docker run --tmpfs /tmp).
  for (const folder of new Set([tmpdir(), "/dev/shm", "/var/tmp", process.cwd(), home()])) {
    const loaded = folder === "" ? undefined : fromFolder(folder, failures);
    if (loaded !== undefined) return loaded;
  }
  throw new NbjobError("environment", `ZeroMQ's addon could not be loaded from any folder: ${failures.join("; ")}.`, {
    remedy:
      "Let TMPDIR name a folder that can be written and executed from, as docker run --tmpfs /tmp:exec makes one.",
  });
}

function fromFolder(parent: string, failures: string[]): unknown {
  let folder: string;
  try {
    folder = mkdtempSync(join(parent, ".nbjob-")); // of mode 0700
  } catch {
    failures.push(`${parent} cannot be written`);
    return undefined;
  }
  try {
    const file = join(folder, "zeromq.node");
    writeFileSync(file, Buffer.from(getRawAsset("zeromq.node")), { mode: 0o500 });
    return attempt(file, failures);
  } catch {
    failures.push(`${parent} has no room`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function attempt(file: string, failures: string[]): unknown {
  const loaded: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(loaded, file);
    return loaded.exports;
  } catch (error) {
    failures.push(messageOf(error));
    return undefined;
  }
}

/** A user id without a passwd entry has no home. */
function home(): string {
  try {
    return homedir();
  } catch {
    return "";
  }
}

export default load();
