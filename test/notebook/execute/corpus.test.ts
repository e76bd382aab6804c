/** The corpus, executed by nbjob and by nbclient: the same outputs, and files that nbformat itself would have written. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import { executeNotebook } from "../../../src/notebook/index.ts";
import { serializeNotebook } from "../../../src/notebook/nbformat/write.ts";
import { StreamText } from "../../../src/notebook/outputs/stream-text.ts";
import { widgetStateMime } from "../../../src/notebook/outputs/widgets.ts";
import { corpus } from "../../fixtures/notebooks-run/corpus.ts";
import { venvOrSkip } from "../../support/venv.ts";
import { environmentOf, notebookOf, readSaved, temporaryFolder, type Saved, type SavedOutput } from "./notebook-run.ts";

const judge = join(import.meta.dirname, "../../fixtures/notebooks-run/nbclient_judge.py");

test("nbjob and nbclient agree on every notebook of the corpus", async (t) => {
  const python = await venvOrSkip(t, "execution");
  if (python === undefined) return;
  const folder = await temporaryFolder(t);
  const env = environmentOf(python, { IPYTHONDIR: join(folder, "ipython") });
  const names = Object.keys(corpus);
  for (const [name, cells] of Object.entries(corpus))
    await writeFile(join(folder, `${name}.input.ipynb`), serializeNotebook(notebookOf(cells)));
  const judging = execa(python, [judge, "execute", folder], { env, extendEnv: false });
  for (const [name, cells] of Object.entries(corpus)) {
    const path = join(folder, `${name}.nbjob.ipynb`);
    const result = await executeNotebook({ notebook: notebookOf(cells), path, cwd: folder, env, allowErrors: true });
    assert.equal(result.status, "succeeded", JSON.stringify(result.failure));
    assert.equal(result.outputsMayBeIncomplete, false);
  }
  const clock = performance.now();
  await judging;
  t.diagnostic(`nbclient took ${Math.round((performance.now() - clock) / 1000)} s longer than nbjob`);

  for (const [name, cells] of Object.entries(corpus))
    await t.test(name, async () => {
      const ours = await readSaved(join(folder, `${name}.nbjob.ipynb`));
      const theirs = await readSaved(join(folder, `${name}.nbclient.ipynb`));
      for (const [at, source] of cells.entries()) {
        const [our, their] = [ours.cells[at], theirs.cells[at]];
        assert.deepEqual(normal(our?.outputs), normal(folded(their?.outputs)), source);
        assert.equal(our?.execution_count, their?.execution_count, source);
      }
      assert.deepEqual(widgets(ours), widgets(theirs));
      assert.deepEqual(ours.metadata.language_info, theirs.metadata.language_info);
    });
  await t.test("what was written is valid, and as nbformat writes it", async () => {
    const files = names.map((name) => join(folder, `${name}.nbjob.ipynb`));
    const { stdout } = await execa(python, [judge, "check", ...files], { env, extendEnv: false });
    assert.deepEqual(
      JSON.parse(stdout),
      files.map(() => null),
    );
  });
});

/** nbclient keeps every stream message apart, with what moves the cursor. */
function folded(outputs: readonly SavedOutput[] = []): SavedOutput[] {
  const list: SavedOutput[] = [];
  let before = "";
  for (const output of outputs) {
    const last = list.at(-1);
    const continues = output.output_type === "stream" && last?.name === output.name;
    if (!continues) before = "";
    before += output.text ?? "";
    const text = new StreamText();
    const shown = output.text === undefined ? output : { ...output, text: text.append(before) + text.line };
    if (continues) list.pop();
    list.push(shown);
  }
  return list;
}

/** Without what differs from one process to the next. */
function normal(outputs: readonly SavedOutput[] = []): unknown {
  const seen: string[] = [];
  const text = JSON.stringify(outputs)
    .replaceAll(/0x[0-9a-f]{6,}/g, "0x")
    .replaceAll(/ipykernel_\d+\/\d+/g, "ipykernel")
    .replaceAll(/\[\d\d:\d\d(?:<|&lt;)[^\]]*\]/g, "[time]")
    .replaceAll(/[0-9a-f]{32}/g, (id) => {
      if (!seen.includes(id)) seen.push(id);
      return `id-${seen.indexOf(id)}`;
    });
  return JSON.parse(text);
}

/** The saved models, in no order and without ids, which are random. */
function widgets(saved: Saved): string[] {
  const text = JSON.stringify(saved.metadata.widgets ?? {});
  const { state = {} } =
    (JSON.parse(text) as { [mime: string]: { state?: Record<string, object> } })[widgetStateMime] ?? {};
  return Object.values(state)
    .map((model) => JSON.stringify(normal([{ output_type: "model", ...model }])).replaceAll(/id-\d+/g, "id"))
    .toSorted();
}
