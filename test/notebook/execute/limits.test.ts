/** Floods: everything arrives, in order, and memory stays where it is. */
import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { execa } from "execa";
import { venvOrSkip } from "../../support/venv.ts";
import { run, streamed, temporaryFolder } from "./notebook-run.ts";

const count = 20_000;
const numbers = Array.from({ length: count }, (_, index) => index);

test("20,000 flushed lines, 20,000 displays, 10,000 updates, 1,000 pictures: none is lost", async (t) => {
  const ran = await run(t, [
    `for i in range(${count}): print(i, flush=True)`,
    `from IPython.display import display, Image\nfor i in range(${count}): display(i)`,
    "handle = display(0, display_id=True)\nfor i in range(10_001): handle.update(i)",
    "for i in range(1_000): display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes([i % 256]) * 20_000, format='png'))",
    "import sys\nfor i in range(5_000): print(i); print(-i, file=sys.stderr)",
  ]);
  if (!ran) return;
  assert.equal(ran.result.status, "succeeded");
  assert.equal(ran.result.outputsMayBeIncomplete, false);
  assert.deepEqual(ran.warnings, []);
  const [lines, displays, updated, pictures, both] = ran.saved.cells;
  assert.ok(lines && displays && updated && pictures && both);
  assert.equal(lines.outputs.length, 1);
  assert.ok(streamed(lines) === numbers.map((number) => `${number}\n`).join(""));
  assert.deepEqual(
    displays.outputs.map(({ data }) => Number(data?.["text/plain"])),
    numbers,
  );
  assert.deepEqual(
    updated.outputs.map(({ data }) => data?.["text/plain"]),
    ["10000"],
  );
  assert.equal(pictures.outputs.length, 1_000);
  const first = numbers.slice(0, 5_000);
  assert.deepEqual(streamed(both).trimEnd().split("\n").map(Number), first);
  assert.deepEqual(
    streamed(both, "stderr").trimEnd().split("\n").map(Number),
    first.map((number) => 0 - number || 0),
  );
});

const floods: readonly [name: string, source: string, check: (line: string, at: number) => boolean, lines: number][] = [
  [
    "100 MB in 100,000 lines",
    "for i in range(100_000): print(f'{i:0999}')",
    (line, at) => Number(line) === at,
    100_000,
  ],
  [
    "a million tiny writes",
    "import sys\nfor i in range(1_000_000): sys.stdout.write('a')",
    (line) => /^a+$/.test(line),
    1,
  ],
  [
    "50 MB in one line",
    "import sys\nfor i in range(50): sys.stdout.write('a' * 1_000_000)",
    (line) => /^a+$/.test(line),
    1,
  ],
];
for (const [name, source, check, lines] of floods)
  test(`${name}: complete, in flat memory`, async (t) => {
    const python = await venvOrSkip(t, "execution");
    if (python === undefined) return;
    const folder = await temporaryFolder(t);
    const program = join(import.meta.dirname, "../../fixtures/notebooks-run/execute.ts");
    const { stdout } = await execa(process.execPath, [program, python, folder, "1000"], { input: source });
    const { status, peak } = JSON.parse(stdout) as { status: string; peak: number }; // as the program prints it
    assert.equal(status, "succeeded");
    assert.ok(peak < 400, `${peak} MiB`);
    let found = 0;
    for await (const line of createInterface(createReadStream(join(folder, "executed.ipynb")))) {
      if (!line.startsWith('      "') || line.includes("first")) continue;
      assert.ok(
        check(
          line
            .trim()
            .replace(/^"/, "")
            .replace(/(?:\\n)?",?$/, ""),
          found,
        ),
      );
      found++;
    }
    assert.equal(found, lines);
  });

test("what is over maxOutput is cut in the notebook, told, and still in the log", async (t) => {
  const ran = await run(t, ["for i in range(200_000): print(i)", "print('more')"], {
    maxOutput: { cell: 50_000, notebook: 1_000_000 },
  });
  if (!ran) return;
  const [cell, next] = ran.saved.cells;
  assert.ok(cell && next);
  assert.equal(ran.result.status, "succeeded");
  assert.equal(ran.printed.split("\n").length, 200_002);
  const cut = ran.result.cells[0]?.cut?.bytes ?? 0;
  const kept = streamed(cell);
  assert.equal(Buffer.byteLength(kept) + cut, Buffer.byteLength(ran.printed) - "more\n".length);
  assert.ok(kept.startsWith("0\n1\n") && kept.endsWith("\n199999\n"));
  assert.match(streamed(cell, "stderr"), new RegExp(String(cut)));
  assert.equal(ran.warnings.length, 1);
  assert.equal(streamed(next), "more\n");
});
