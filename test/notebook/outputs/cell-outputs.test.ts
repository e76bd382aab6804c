import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CellOutputs, type RichOutput, type Surroundings } from "../../../src/notebook/outputs/cell-outputs.ts";
import { saved, withSurroundings } from "./outputs-support.ts";

function text(data: string): RichOutput {
  return { output_type: "display_data", data: { "text/plain": data }, metadata: {} };
}
function update(around: Surroundings, id: string, data: string): void {
  for (const slot of around.displays.get(id) ?? []) slot.cell.update(slot, { "text/plain": data }, { updated: true });
}
const stream = (name: string, said: string): object => ({ name, output_type: "stream", text: said });
const shown = (...lines: string[]): object => ({
  data: { "text/plain": lines },
  metadata: {},
  output_type: "display_data",
});

test("consecutive streams of one name are one output, others part them", () =>
  withSurroundings({}, async (around) => {
    const cell = new CellOutputs(around);
    cell.stream("stdout", "a");
    cell.stream("stdout", "b\n");
    cell.stream("stderr", "c");
    cell.stream("stdout", "d");
    cell.add(text("e\nf"));
    cell.stream("stdout", "g");
    assert.deepEqual(await saved(cell, around), [
      stream("stdout", "ab\n"),
      stream("stderr", "c"),
      stream("stdout", "d"),
      shown("e\n", "f"),
      stream("stdout", "g"),
    ]);
  }));

test("a display is changed in every place that shows it, in any cell; an update never adds one", () =>
  withSurroundings({}, async (around) => {
    const [one, two] = [new CellOutputs(around), new CellOutputs(around)];
    one.add(text("1"), "id");
    one.add({ output_type: "execute_result", data: { "text/plain": "1" }, metadata: {}, execution_count: 7 }, "id");
    two.add(text("1"), "id");
    two.add(text("other"), "other");
    update(around, "id", "2");
    update(around, "unknown", "3");
    const changed = { data: { "text/plain": ["2"] }, metadata: { updated: true } };
    assert.deepEqual(await saved(one, around), [
      { ...changed, output_type: "display_data" },
      { ...changed, output_type: "execute_result", execution_count: 7 },
    ]);
    assert.deepEqual(await saved(two, around), [{ ...changed, output_type: "display_data" }, shown("other")]);
  }));

test("clearing forgets at once, or with the next output", () =>
  withSurroundings({}, async (around) => {
    const cell = new CellOutputs(around);
    cell.add(text("1"), "id");
    cell.stream("stdout", "x");
    cell.clear(true);
    update(around, "id", "2");
    assert.equal((await saved(cell, around)).length, 2, "nothing has come yet");
    cell.stream("stdout", "y");
    assert.deepEqual(await saved(cell, around), [stream("stdout", "y")]);
    assert.equal(around.displays.size, 0);
    cell.clear(false);
    assert.deepEqual(await saved(cell, around), []);
    cell.stream("stdout", "z");
    assert.deepEqual(await saved(cell, around), [stream("stdout", "z")]);
  }));

test("output that comes after the cell was settled continues its last stream", () =>
  withSurroundings({}, async (around) => {
    const cell = new CellOutputs(around);
    cell.stream("stdout", "x".repeat(5_000));
    cell.settle();
    cell.stream("stdout", "\rlate\n");
    cell.settle();
    cell.stream("stdout", "later");
    assert.deepEqual(await saved(cell, around), [stream("stdout", `late${"x".repeat(4_996)}\nlater`)]);
  }));

test("secrets are masked in streams, across chunks, in displays and in errors; pictures are left alone", () =>
  withSurroundings({ mask: (said) => said.replaceAll("s3cret", "***") }, async (around) => {
    const cell = new CellOutputs(around);
    for (const piece of ["a s3", "cr", "et b\n", "s3cret"]) cell.stream("stdout", piece);
    const data = { "text/html": "<s3cret>", "application/json": { s3cret: ["s3cret", 1] }, "image/png": "s3cret" };
    cell.add({ output_type: "display_data", data, metadata: {} }, "id");
    cell.add({ output_type: "error", ename: "E", evalue: "no s3cret", traceback: ["s3cret", "b"] });
    assert.deepEqual(await saved(cell, around), [
      stream("stdout", "a *** b\n***"),
      {
        data: { "text/html": ["<***>"], "application/json": { "***": ["***", 1] }, "image/png": "s3cret" },
        metadata: {},
        output_type: "display_data",
      },
      { ename: "E", evalue: "no ***", output_type: "error", traceback: ["***", "b"] },
    ]);
    update(around, "id", "s3cret");
    assert.ok(!JSON.stringify(await saved(cell, around)).includes("s3cret"));
  }));

test("what is more than the limit is cut, with a mark, and the last of it kept", () =>
  withSurroundings({ cell: 1_000 }, async (around) => {
    const cell = new CellOutputs(around);
    for (let line = 0; line < 100_000; line++) cell.stream("stdout", `${line}\n`);
    cell.add(text("x".repeat(2_000)));
    cell.add({ output_type: "error", ename: "E", evalue: "", traceback: [] });
    const outputs = await saved(cell, around);
    assert.ok(cell.cut);
    assert.equal(cell.cut.outputs, 1);
    const [head, error, mark, tail] = JSON.parse(JSON.stringify(outputs)) as { text: string; ename: string }[]; // as made above
    assert.ok(head && error && mark && tail && outputs.length === 4);
    assert.ok(head.text.startsWith("0\n1\n") && head.text.length === 750);
    assert.equal(error.ename, "E");
    assert.match(mark.text, new RegExp(`${cell.cut.bytes} bytes`));
    assert.ok(/^\d+\n/.test(tail.text) && tail.text.endsWith("\n99999\n") && tail.text.length <= 250);
  }));

test("what needs all of the limit and no more is whole", () =>
  withSurroundings({ cell: 1_000, notebook: 2_500 }, async (around) => {
    for (const said of ["x".repeat(1_000), `${"é".repeat(499)}\n`, "line\n".repeat(200)]) {
      const cell = new CellOutputs(around);
      for (let at = 0; at < said.length; at += 9) cell.stream("stdout", said.slice(at, at + 9));
      cell.settle();
      assert.equal(cell.cut, undefined);
      assert.deepEqual(await saved(cell, around), [stream("stdout", said)]);
      cell.clear(false);
    }
    const cell = new CellOutputs(around);
    cell.add(text("x".repeat(850)));
    assert.equal(cell.cut, undefined);
  }));

test("of any streams, what is kept and what is told to be cut is all there was, and within the limits", () => {
  const said = fc.string({
    unit: fc.constantFrom("abcdefghij", "é", "😀", "\n", "longer words "),
    minLength: 1,
    maxLength: 40,
  });
  const streams = fc.array(fc.tuple(fc.constantFrom("stdout" as const, "stderr" as const), said), { maxLength: 12 });
  const limits = fc.record({ cell: fc.nat(400), notebook: fc.nat(900) });
  return fc.assert(
    fc.asyncProperty(limits, fc.array(streams, { maxLength: 4 }), async ({ cell: limit, notebook }, cells) =>
      withSurroundings({ cell: limit, notebook }, async (around) => {
        let all = 0;
        for (const chunks of cells) {
          const cell = new CellOutputs(around);
          for (const [name, chunk] of chunks) cell.stream(name, chunk);
          cell.settle();
          const outputs = JSON.parse(JSON.stringify(await saved(cell, around))) as { name: string; text: string }[]; // as made above
          const texts = outputs.map((output) => output.text);
          assert.ok(!texts.includes(""));
          const kept = texts.filter((one) => !one.startsWith("[nbjob]"));
          const bytes = Buffer.byteLength(kept.join(""));
          const came = chunks.reduce((sum, [, chunk]) => sum + Buffer.byteLength(chunk), 0);
          assert.equal(bytes + (cell.cut?.bytes ?? 0), came);
          assert.equal(texts.length - kept.length, cell.cut ? 1 : 0, "the mark");
          assert.ok(bytes <= limit);
          all += bytes;
        }
        assert.ok(all <= notebook);
      }),
    ),
    { numRuns: 100 },
  );
});

test("clearing gives the room back, so that a display that is redrawn for ever fits", () =>
  withSurroundings({ cell: 10_000, notebook: 12_000 }, async (around) => {
    const cell = new CellOutputs(around);
    for (let turn = 0; turn < 100; turn++) {
      cell.clear(true);
      cell.add(text(`${turn}${"x".repeat(5_000)}`));
      cell.stream("stdout", "y".repeat(1_000));
    }
    cell.add(text("1"), "id");
    for (let turn = 0; turn < 100; turn++) update(around, "id", `${turn}${"x".repeat(3_000)}`);
    assert.equal(cell.cut, undefined);
    assert.equal((await saved(cell, around)).length, 3);
    assert.ok(around.spool.size < 100_000, "and the spool does not grow with every turn");
  }));

/** What a front end does, on plain lists. */
class Model {
  outputs: { output_type: string; name?: string; text?: string; id?: string | undefined; data?: string }[] = [];
  #clearNext = false;
  #open = false;

  stream(name: string, said: string): void {
    this.#due();
    const last = this.outputs.at(-1);
    if (this.#open && last?.output_type === "stream" && last.name === name) last.text += said;
    else this.outputs.push({ output_type: "stream", name, text: said });
    this.#open = true;
  }
  add(data: string, id: string | undefined): void {
    this.#due();
    this.outputs.push({ output_type: "display_data", data, id });
  }
  update(id: string, data: string): void {
    for (const output of this.outputs) if (output.id === id) output.data = data;
  }
  clear(wait: boolean): void {
    this.#clearNext = wait;
    this.#open = false;
    if (!wait) this.outputs = [];
  }
  #due(): void {
    if (this.#clearNext) this.clear(false);
  }
}

test("any sequence of messages gives what a front end would have saved", async () => {
  const said = fc.string({ unit: fc.constantFrom("a", "é", "\n", "\u2028", "\\", '"', "😀", "\ud800"), maxLength: 8 });
  const id = fc.constantFrom("p", "q");
  const which = fc.nat(1);
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constant("stream" as const), which, fc.constantFrom("stdout", "stderr"), said),
    },
    { weight: 2, arbitrary: fc.tuple(fc.constant("add" as const), which, fc.option(id, { nil: undefined }), said) },
    { weight: 2, arbitrary: fc.tuple(fc.constant("update" as const), which, id, said) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("clear" as const), which, fc.boolean(), fc.constant("")) },
    { weight: 1, arbitrary: fc.tuple(fc.constant("settle" as const), which, fc.constant("p"), fc.constant("")) },
  );
  await withSurroundings({}, (around) =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        around.displays.clear();
        const cells = [new CellOutputs(around), new CellOutputs(around)];
        const models = [new Model(), new Model()];
        for (const [kind, at, argument, data] of steps) {
          const [cell, model] = [cells[at], models[at]];
          assert.ok(cell && model);
          if (kind === "stream") {
            cell.stream(argument === "stderr" ? "stderr" : "stdout", data);
            model.stream(argument, data);
          } else if (kind === "add") {
            cell.add(text(data), argument);
            model.add(data, argument);
          } else if (kind === "update") {
            update(around, argument, data);
            for (const one of models) one.update(argument, data);
          } else if (kind === "clear") {
            cell.clear(argument);
            model.clear(argument);
          } else cell.settle();
        }
        for (const [at, model] of models.entries()) {
          const cell = cells[at];
          assert.ok(cell);
          const outputs = await saved(cell, around);
          assert.deepEqual(
            outputs.map((output) => plain(output)),
            model.outputs.map(({ name, text: streamed, data }) => ({ name, text: streamed ?? data })),
          );
        }
      }),
      { numRuns: 500 },
    ),
  );
});

function plain(output: unknown): { name: unknown; text: unknown } {
  const { name, text: said, data } = output as { name?: string; text?: string; data?: { "text/plain": string[] } }; // as made above
  return { name, text: said ?? data?.["text/plain"].join("") };
}
