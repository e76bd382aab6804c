import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readNotebook } from "../../../src/notebook/nbformat/read.ts";
import { serializeNotebook } from "../../../src/notebook/nbformat/write.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import { validateWithNbformat } from "./judge.ts";

const fixture = join(import.meta.dirname, "..", "..", "fixtures", "notebooks", "format-4.5.ipynb");

const values: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  "",
  "a",
  "a,b",
  [],
  ["a"],
  ["a", "a"],
  [1],
  {},
  { a: 1 },
];

/** A place in the document, by a number for each level, and what is put there; undefined for nothing. */
const damage = fc.record({
  steps: fc.array(fc.nat(50), { minLength: 1, maxLength: 7 }),
  value: fc.constantFrom(...values),
  /** A key that is not there yet, for what is too much. */
  added: fc.option(fc.constantFrom("extra", "tags", "name", "collapsed", "outputs", "attachments", "title", "id"), {
    freq: 4,
  }),
});

function apply(
  document: unknown,
  { steps, value, added }: { steps: number[]; value: unknown; added: string | null },
): void {
  let holder = document;
  let place: [object, string] | undefined;
  for (const step of steps) {
    if (typeof holder !== "object" || holder === null) break;
    const keys = Object.keys(holder);
    const key = keys[step % keys.length];
    if (key === undefined) break;
    place = [holder, key];
    holder = Reflect.get(holder, key);
  }
  if (added !== null && typeof holder === "object" && holder !== null && !Array.isArray(holder))
    place = [holder, added];
  if (place === undefined) return;
  if (value === undefined) Reflect.deleteProperty(...place);
  else Reflect.set(...place, structuredClone(value));
  // What was deleted from a list leaves no hole.
  if (Array.isArray(place[0])) place[0].splice(0, place[0].length, ...place[0].flat(0));
}

test("accepts what nbformat finds valid, and writes only such", async (t) => {
  const text = (await readFile(fixture, "utf8")).replaceAll(/-?(?:NaN|Infinity)/g, "0");
  const documents = fc.sample(fc.array(damage, { minLength: 1, maxLength: 2 }), 1500).map((damages) => {
    const document: unknown = JSON.parse(text);
    for (const one of damages) apply(document, one);
    return Buffer.from(JSON.stringify(document));
  });
  const before = await validateWithNbformat(t, documents);
  if (before === undefined) return;
  const written = documents.map((document, index) => {
    try {
      return serializeNotebook(readNotebook(document, "damaged.ipynb"));
    } catch (error) {
      assert.ok(error instanceof NbjobError && error.reason === "invalid-work", String(error));
      assert.notEqual(before[index], "", `${error.message}\n${String(document)}`);
      return undefined;
    }
  });
  const accepted = written.filter((file) => file !== undefined);
  assert.ok(accepted.length > 100 && accepted.length < documents.length - 100, String(accepted.length));
  const after = (await validateWithNbformat(t, accepted)) ?? [];
  for (const [index, fault] of after.entries()) assert.equal(fault, "", String(accepted[index]));
});
