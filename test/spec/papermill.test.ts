import assert from "node:assert/strict";
import { test } from "node:test";
import { execa } from "execa";
import fc from "fast-check";
import { resolvePapermill } from "../../src/spec/papermill.ts";
import { venvOrSkip } from "../support/venv.ts";

/** Prints what papermill makes of each text, as [type, repr]. */
const judge = `
import json, sys
from papermill.cli import _resolve_type
print(json.dumps([[type(v).__name__, repr(v)] for v in map(_resolve_type, json.load(sys.stdin))]))
`;

test("-p means what it means to papermill", async (t) => {
  const python = await venvOrSkip(t, "spec");
  if (python === undefined) return;
  const numberish = fc.string({ unit: fc.constantFrom(..."0123456789.eE+-_ naifty".split("")) });
  const texts = [
    ..."True False None true none 5 -5 +5 010 1_000 1__0 _1 0x10 1.5 .5 5. 1e5 1e400 -1e400 1_0.0_1 nan -nan".split(
      " ",
    ),
    ..."inf -Infinity infinit 1e . 12345678901234567890123 2026-01-31 [1] {} yes '5'".split(" "),
    "",
    " ",
    " 7 ",
    "\u00a05",
    ...fc.sample(numberish, { numRuns: 1500, seed: 11 }),
  ];
  const { stdout } = await execa(python, ["-c", judge], { input: JSON.stringify(texts) });
  // The judge's own output: a list of pairs of texts, as long as the list it was given.
  const theirs = JSON.parse(stdout) as readonly (readonly [string, string])[];
  assert.equal(theirs.length, texts.length);
  for (const [index, text] of texts.entries()) {
    const [type, representation] = theirs[index] ?? ["", ""];
    assert.ok(
      agrees(resolvePapermill(text), type, representation),
      `${JSON.stringify(text)}: ${type} ${representation}`,
    );
  }
});

function agrees(mine: ReturnType<typeof resolvePapermill>, type: string, representation: string): boolean {
  switch (type) {
    case "NoneType":
      return mine === null;
    case "bool":
      return mine === (representation === "True");
    case "int":
      return (
        (typeof mine === "bigint" || Number.isSafeInteger(mine)) && String(mine).replace("-0", "0") === representation
      );
    case "float":
      if (representation === "nan") return Number.isNaN(mine);
      return mine === Number(representation.replace("inf", "Infinity"));
    default:
      return typeof mine === "string";
  }
}
