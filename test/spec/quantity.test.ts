import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { maxDuration, parseDuration, parseSize } from "../../src/spec/quantity.ts";

test("durations as people write them", () => {
  for (const [text, milliseconds] of [
    ["90s", 90_000],
    ["30m", 1_800_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
    ["1m500ms", 60_500],
    ["90", 90_000],
    ["0.5", 500],
    [90, 90_000],
    [0.25, 250],
    ["0", 0],
    [0, 0],
  ] as const)
    assert.equal(parseDuration(text), milliseconds, String(text));
});

test("what is no duration", () => {
  for (const text of [
    "",
    "h",
    "3 weeks",
    "1h 30m",
    "-5m",
    "+5m",
    "1e3s",
    "1.m",
    ".5h",
    "1:30",
    "0x10",
    "5M",
    "400d",
    -1,
    1e300,
  ]) {
    assert.equal(parseDuration(text), undefined, String(text));
  }
});

test("every duration of whole units is the sum of its parts", () => {
  const parts = fc.record({ d: fc.nat(30), h: fc.nat(100), m: fc.nat(1000), s: fc.nat(1000), ms: fc.nat(1000) });
  fc.assert(
    fc.property(parts, ({ d, h, m, s, ms }) => {
      const sum = (((d * 24 + h) * 60 + m) * 60 + s) * 1000 + ms;
      assert.equal(parseDuration(`${d}d${h}h${m}m${s}s${ms}ms`), sum);
    }),
  );
});

test("no text makes a duration that a timer cannot keep", () => {
  const texts = fc.string({ unit: fc.constantFrom(..."0123456789.dhms :-+e".split("")) });
  fc.assert(
    fc.property(texts, (text) => {
      const value = parseDuration(text);
      assert.ok(value === undefined || (Number.isInteger(value) && value >= 0 && value <= maxDuration));
    }),
    { numRuns: 2000 },
  );
});

test("sizes as people write them", () => {
  for (const [text, bytes] of [
    ["20MB", 20_000_000],
    ["20MiB", 20_971_520],
    ["1GiB", 1_073_741_824],
    ["1 GB", 1_000_000_000],
    ["1.5kB", 1500],
    ["10k", 10_000],
    ["10Ki", 10_240],
    ["512b", 512],
    ["512", 512],
    [512, 512],
    ["2TiB", 2_199_023_255_552],
  ] as const)
    assert.equal(parseSize(text), bytes, String(text));
});

test("what is no size", () => {
  for (const text of ["", "MB", "5 parsecs", "-1", "1EB", "1e3", "99999999999TB", -1]) {
    assert.equal(parseSize(text), undefined, String(text));
  }
});
