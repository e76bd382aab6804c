import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "./file-failure.ts";

/**
 * Makes a folder and those above it. (Node's own recursive mkdir never ends where a folder is there but takes no new
 * ones and says so with ENOENT, as under `/proc`.)
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return;
    if (systemCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path).catch((second: unknown) => {
      if (systemCode(second) !== "EEXIST") throw second;
    });
  }
}
