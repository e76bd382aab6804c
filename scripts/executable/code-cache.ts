/**
 * Runs the program several times in one process and keeps what V8 compiled of it: only functions that ran are in the
 * cache, and so only what the next start will need. Usage: code-cache.ts SCRIPT CACHE COMMANDLINE... (each a JSON array)
 */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Script } from "node:vm";
import { start } from "./program.ts";

const [script = "", cache = "", ...commandLines] = process.argv.slice(2);
const source = readFileSync(script);
let compiled: Script | undefined;
process.once("exit", () => {
  if (compiled !== undefined) writeFileSync(cache, compiled.createCachedData());
  process.exitCode = 0;
});
for (const line of commandLines) {
  // Written by scripts/executable.ts.
  const words = JSON.parse(line) as readonly string[];
  process.argv = [process.execPath, process.execPath, ...words];
  const idle = once(process, "beforeExit");
  compiled = start(source, undefined, createRequire(import.meta.url));
  await idle;
  process.removeAllListeners("uncaughtException").removeAllListeners("unhandledRejection");
}
