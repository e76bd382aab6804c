import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { createLineSplitter, cutMark, LineSplitter, type LineOptions } from "../../src/text/lines.ts";

/** Pieces rich in line ends, escape sequences and characters of every length. */
const pieces = fc.string({
  unit: fc.constantFrom(
    "a",
    "bc",
    " ",
    "é",
    "日",
    "🙂",
    "\n",
    "\r",
    "\r\n",
    "\u001b[31m",
    "\u001b[K",
    "\u001b]8;;x\u0007",
  ),
  maxLength: 30,
});

function text(out: readonly Uint8Array[]): string {
  return Buffer.concat(out).toString();
}

/** Everything that comes out of bytes cut at given places, all at one moment. */
function split(bytes: Uint8Array, cuts: readonly number[], options?: LineOptions): string {
  const splitter = new LineSplitter(options);
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  const out = places.flatMap((from, index) =>
    splitter.push(bytes.subarray(from, places[index + 1] ?? bytes.length), 0),
  );
  return text([...out, ...splitter.end()]);
}

const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });

test("text without \\r comes out as it went in, whatever the chunks", () => {
  fc.assert(
    fc.property(pieces, cuts, (piece, at) => {
      const plain = piece.replaceAll("\r", "");
      assert.equal(split(Buffer.from(plain), at), plain);
    }),
  );
});

test("bytes that are no text come out as they went in", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), cuts, (bytes, at) => {
      const plain = bytes.filter((byte) => byte !== 0x0d);
      const splitter = new LineSplitter();
      const half = (at[0] ?? 0) % (plain.length + 1);
      const out = [...splitter.push(plain.subarray(0, half), 0), ...splitter.push(plain.subarray(half), 0)];
      assert.deepEqual(Buffer.concat([...out, ...splitter.end()]), Buffer.from(plain));
    }),
  );
});

test("the chunks make no difference to progress bars and long lines", () => {
  fc.assert(
    fc.property(pieces, cuts, fc.constantFrom(16, 20, 65_536), (piece, at, maxLine) => {
      const bytes = Buffer.from(piece);
      assert.equal(split(bytes, at, { maxLine }), split(bytes, [], { maxLine }));
    }),
    { numRuns: 1000 },
  );
});

test("only whole lines leave while the writer goes on", () => {
  fc.assert(
    fc.property(fc.array(pieces), (chunks) => {
      const splitter = new LineSplitter();
      for (const chunk of chunks) {
        const out = text(splitter.push(Buffer.from(chunk), 0));
        assert.ok(out === "" || out.endsWith("\n"), JSON.stringify(out));
      }
    }),
  );
});

test("\\r\\n is one line end", () => {
  const windows = "one\r\n\r\ntwo\r\nthree";
  for (let at = 0; at <= windows.length; at++) assert.equal(split(Buffer.from(windows), [at]), "one\n\ntwo\nthree");
});

test("a progress bar shows its newest state once an interval, and its last", () => {
  const splitter = new LineSplitter();
  const seen: string[] = [];
  for (let percent = 0; percent <= 100; percent++)
    seen.push(text(splitter.push(Buffer.from(`\r${percent}%`), percent * 100)), text(splitter.poll(percent * 100)));
  seen.push(text(splitter.push(Buffer.from("\nnext\n"), 10_050)));
  const lines = seen.join("").split("\n");
  assert.deepEqual(lines.slice(-3), ["100%", "next", ""]);
  assert.equal(lines[0], "0%");
  assert.ok(lines.length >= 11 && lines.length <= 14, String(lines));
});

test("a bar that stands still shows where it stands, once", () => {
  const splitter = new LineSplitter();
  assert.equal(text(splitter.push(Buffer.from("\r10%\r20%\r30%"), 0)), "10%\n");
  assert.equal(splitter.deadline, 1_000);
  assert.equal(text(splitter.poll(999)), "");
  assert.equal(text(splitter.poll(1_000)), "30%\n");
  assert.equal(splitter.deadline, undefined);
  assert.equal(text(splitter.push(Buffer.from("\n"), 5_000)), "");
  assert.equal(text(splitter.end()), "");
});

test("a bar that erases itself keeps its last state", () => {
  assert.equal(split(Buffer.from("1%\r2%\r3%\r\u001b[K\n"), []), "1%\n3%\n");
  assert.equal(split(Buffer.from("1%\r2%\r   \rdone\n"), []), "1%\ndone\n");
  assert.equal(split(Buffer.from("1%\r2%\r3%\r"), []), "1%\n3%\n");
});

test("a partial line leaves after a silence, whole characters and sequences only", () => {
  const splitter = new LineSplitter();
  assert.equal(text(splitter.push(Buffer.from("Name? \u001b[3"), 0)), "");
  assert.equal(splitter.deadline, 1_000);
  assert.equal(text(splitter.poll(1_000)), "Name? ");
  assert.equal(splitter.midLine, true);
  assert.equal(splitter.deadline, undefined);
  assert.equal(text(splitter.push(Buffer.from("1mAda\nx"), 1_100)), "\u001b[31mAda\n");
  assert.equal(splitter.midLine, false);
  const face = Buffer.from("🙂");
  splitter.push(face.subarray(0, 3), 1_200);
  assert.equal(text(splitter.poll(2_200)), "x");
  assert.equal(text(splitter.push(face.subarray(3), 2_300)), "");
  assert.equal(text(splitter.poll(3_300)), "🙂");
  assert.equal(text(splitter.push(Buffer.from("\rover\n"), 3_400)), "\nover\n");
});

test("a long line is cut with a mark, between characters", () => {
  const line = "日本🙂\u001b[1;31mé".repeat(40);
  const out = split(Buffer.from(`${line}\nshort\n`), [7, 50, 51], { maxLine: 50 });
  assert.equal(out.replaceAll(`${cutMark}\n`, ""), `${line}\nshort\n`);
  for (const part of out.split("\n")) {
    assert.ok(Buffer.byteLength(part.replace(cutMark, "")) <= 50);
    assert.doesNotMatch(part, /\ufffd|\u001b(\[[0-9;]*)?$/);
  }
});

test("a line without an end takes no memory and no more time than a short one", () => {
  const splitter = new LineSplitter();
  const chunk = Buffer.alloc(1_000, "x");
  let bytes = 0;
  let held = 0;
  for (let round = 0; round < 100_000; round++) {
    for (const piece of splitter.push(chunk, 0)) bytes += piece.length;
    held = (round + 1) * chunk.length - bytes;
    assert.ok(held <= 65_536);
  }
  assert.ok(bytes > 99e6);
});

test("keeps its own time where asked to", async () => {
  const emitted: string[] = [];
  const lines = createLineSplitter((piece) => emitted.push(Buffer.from(piece).toString()), { idle: 20 });
  assert.equal(lines.push(Buffer.from("partial")), undefined);
  while (emitted.length === 0) await wait(5);
  assert.deepEqual(emitted, ["partial"]);
  assert.equal(Buffer.from(lines.push(Buffer.from(" line\nrest")) ?? []).toString(), " line\n");
  assert.equal(Buffer.from(lines.end() ?? []).toString(), "rest\n");
  assert.equal(lines.end(), undefined);
});
