// Writes the samples in jobs/ that are made from what `nbjob schedule` makes; a test compares the two.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { samples } from "./samples/all.ts";

for (const [path, text] of Object.entries(await samples())) {
  const file = join(import.meta.dirname, "..", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
