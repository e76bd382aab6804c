import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./support/program.ts";

/** Licences under which a bundle and an image may be passed on. zeromq's addon holds libzmq, whose MPL-2.0 covers its own files. */
const permitted = [
  "MIT",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "BlueOak-1.0.0",
  "MIT AND MPL-2.0",
  "(UPL-1.0 OR Apache-2.0)",
];

test("every package in the bundle comes under a licence that permits shipping it, and the text goes with it", async () => {
  const text = await readFile(join(root, "dist/THIRD-PARTY-LICENSES.txt"), "utf8");
  const packages = [...text.matchAll(/^(\S+) (\d\S*) \((.+)\)$/gm)].map(([, name = "", , licence = ""]) => ({
    name,
    licence,
  }));
  assert.ok(packages.some(({ name }) => name === "zeromq") && packages.some(({ name }) => name === "undici"));
  assert.deepEqual(
    packages.filter(({ licence }) => !permitted.includes(licence)),
    [],
  );
});
