import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { createMask, openMask } from "../../../src/text/mask/index.ts";

/** Secrets as people have them, and as they should not: quotes, blanks, backslashes, other alphabets, several lines. */
const secrets = fc
  .string({
    unit: fc.oneof(
      fc.string({ minLength: 1, maxLength: 1 }),
      fc.constantFrom("'", '"', "\\", "/", "+", "&", "<", "%", "é", "ß", "日", "🙂", "\t", "\n", "$"),
    ),
    minLength: 10,
    maxLength: 40,
  })
  .filter((secret) => secret.trim() === secret);

/** What Python makes of a secret: the ways in which a job's own code would print it. */
const python = `
import base64, html, json, shlex, sys, urllib.parse
cases = json.load(sys.stdin)
out = []
for s in cases:
    b = s.encode()
    forms = {
        "plain": s, "repr": repr(s), "repr of bytes": repr(b), "str of dict": str({"k": s}),
        "json": json.dumps({"k": s}), "json unicode": json.dumps(s, ensure_ascii=False),
        "quote": urllib.parse.quote(s), "quote safe": urllib.parse.quote(s, safe=""), "plus": urllib.parse.quote_plus(s),
        "query": urllib.parse.urlencode({"k": s}), "shell": shlex.quote(s), "html": html.escape(s), "ascii": ascii(s),
        "one line": s.splitlines()[0] if len(s.splitlines()[0].encode()) >= 8 else s,
    }
    for n in range(4):
        wrapped = b"x" * n + b + b"tail"
        forms[f"base64 {n}"] = base64.b64encode(wrapped).decode()
        forms[f"base64url {n}"] = base64.urlsafe_b64encode(wrapped).decode()
    out.append(forms)
json.dump(out, sys.stdout)
`;

test("finds a secret in every form that Python gives it", (t) => {
  const cases = fc.sample(secrets, { numRuns: 200, seed: 11 });
  const run = spawnSync("python3", ["-c", python], { input: JSON.stringify(cases), encoding: "utf8" });
  if (run.error !== undefined) {
    t.skip("python3 is not on PATH");
    return;
  }
  assert.equal(run.stderr, "");
  // The script above prints a list of objects of strings.
  const printed = JSON.parse(run.stdout) as readonly Readonly<Record<string, string>>[];
  for (const [index, value] of cases.entries()) {
    const mask = createMask([{ name: "S", value }]);
    for (const [form, text] of Object.entries(printed[index] ?? {}))
      assert.match(mask.text(`>>${text}<<`), /\*\*\*/, `${form} of ${JSON.stringify(value)}: ${text}`);
  }
});

test("nothing of a masked form is left but base64's edges", () => {
  const value = "correct-horse-battery";
  const mask = createMask([{ name: "S", value }]);
  assert.equal(mask.text(`a ${value} b`), "a *** b");
  assert.equal(mask.text(`{"k": "${encodeURIComponent(value)}"}`), '{"k": "***"}');
  assert.equal(mask.text(Buffer.from(value).toString("base64")), "***");
  for (let before = 1; before < 4; before++) {
    const left = mask.text(Buffer.from("x".repeat(before) + value + "yz").toString("base64"));
    assert.ok(left.length <= 12, left);
  }
});

test("masks each line of a key, and what a JSON document holds", () => {
  const key = "-----BEGIN PRIVATE KEY-----\r\nMIIEvQIBADANBgkq\n  hkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n";
  const document = '{"user": "scott-the-admin", "password": "tiger tiger", "pin": "12"}';
  const mask = createMask([
    { name: "KEY", value: key },
    { name: "LOGIN", value: document },
  ]);
  assert.equal(mask.text("line: hkiG9w0BAQEFAASC."), "line: ***.");
  assert.equal(mask.text("MIIEvQIBADANBgkq hkiG9w0BAQEFAASC"), "*** ***");
  assert.equal(mask.text("login tiger tiger as scott-the-admin, 12"), "login *** as ***, 12");
  assert.equal(mask.text(`<${key}>`), "<***>");
  assert.equal(mask.text(key.replaceAll("\r\n", "\n")).trim(), "***");
});

test("names what is too short to mask and leaves it", () => {
  const mask = createMask([
    { name: "PIN", value: "1234" },
    { name: "EMPTY", value: "" },
    { name: "LONG", value: "long enough" },
    { name: "BYTES", value: Uint8Array.of(0xff, 1, 2) },
  ]);
  assert.deepEqual(mask.tooShort, ["PIN", "BYTES"]);
  assert.equal(mask.text("1234 long enough"), "1234 ***");
  assert.equal(createMask([{ name: "PIN", value: "1234" }], { minLength: 4 }).text("1234"), "***");
});

test("masks bytes that are no text, in base64 too", () => {
  const value = Uint8Array.from({ length: 16 }, (_, index) => 255 - index * 7);
  const mask = createMask([{ name: "RAW", value }]);
  assert.equal(mask.text(Buffer.from(value).toString("base64url")), "***");
  const stream = mask.stream();
  assert.equal(Buffer.concat([...stream.push(value), ...stream.end()]).toString(), "***");
});

test("without secrets everything passes as it is, the very same chunk", () => {
  const chunk = Buffer.from("as it is");
  for (const mask of [openMask, createMask([])]) {
    assert.equal(mask.stream().push(chunk)[0], chunk);
    assert.equal(mask.text("\ud800 lone"), "\ud800 lone");
  }
  assert.equal(createMask([{ name: "S", value: "long enough" }]).text("\ud800 lone"), "\ud800 lone");
});

test("reads long output at a cost that fifty secrets do not multiply", () => {
  const line = "2026-11-22T03:04:05Z INFO step=12 loss=0.12 path=/opt/model.py id=3f2a9bcd77 b64=QUJDREVG\n";
  const chunk = Buffer.from(line.repeat(700));
  const cost = (count: number): number => {
    const values = Array.from({ length: count }, (_, index) => ({
      name: `S${index}`,
      value: `p4ss/w"örd-${index * 7919}`,
    }));
    const stream = createMask(values).stream();
    const before = process.cpuUsage();
    for (let round = 0; round < 200; round++) stream.push(chunk);
    return process.cpuUsage(before).user;
  };
  cost(1);
  const few = cost(2);
  assert.ok(cost(50) < 10 * few + 100_000);
});
