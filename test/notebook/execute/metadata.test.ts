/** What an executed notebook says of its execution, for the tools that read it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { widgetStateMime } from "../../../src/notebook/outputs/widgets.ts";
import { run, type SavedCell } from "./notebook-run.ts";

/** As papermill writes times: Python reads them with `datetime.fromisoformat`, old versions too. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/;

function papermillOf(cell: SavedCell | undefined): Readonly<Record<string, unknown>> {
  return cell?.metadata.papermill ?? {};
}

test("times and statuses are true, cell by cell", async (t) => {
  const cells = ["import time; time.sleep(.2)", "1/0", "3", { source: "# text", type: "markdown" as const }];
  const ran = await run(t, cells);
  if (!ran) return;
  const [good, bad, never, text] = ran.saved.cells;
  assert.equal(papermillOf(good).status, "completed");
  assert.equal(papermillOf(good).exception, false);
  assert.equal(papermillOf(bad).status, "failed");
  assert.equal(papermillOf(bad).exception, true);
  for (const cell of [good, bad]) {
    const { start_time, end_time, duration } = papermillOf(cell);
    assert.match(String(start_time), time);
    assert.ok(String(start_time) <= String(end_time));
    assert.equal(duration, (Date.parse(`${String(end_time)}Z`) - Date.parse(`${String(start_time)}Z`)) / 1000);
    const { "iopub.status.busy": busy, "iopub.status.idle": idle, ...others } = cell?.metadata.execution ?? {};
    assert.deepEqual(Object.keys(others), ["iopub.execute_input", "shell.execute_reply"]);
    assert.ok(Date.parse(busy ?? "") <= Date.parse(idle ?? ""));
  }
  assert.ok(Number(papermillOf(good).duration) >= 0.2);
  assert.deepEqual(papermillOf(never), {
    duration: null,
    end_time: null,
    exception: null,
    start_time: null,
    status: "pending",
  });
  assert.deepEqual(never?.metadata.nbjob, { status: "skipped" });
  assert.equal(never.metadata.execution, undefined);
  assert.deepEqual(text?.metadata, {});
});

test("the notebook names its kernel, its parameters, where it came from and how it ended; the rest is as it was", async (t) => {
  const own = { authors: [{ name: "é", n: 1 }], vscode: { a: null } };
  const kernelspec = { name: "python", display_name: "Old name", language: "python" };
  const stale = { [widgetStateMime]: { state: {}, version_major: 2, version_minor: 0 } };
  const papermill = { parameters: { a: [1] }, start_time: "old", exception: true };
  const cell = { source: "1", metadata: { custom: { deep: [1] }, collapsed: false, execution: { old: "x" } } };
  const ran = await run(t, [cell], {
    metadata: { ...own, kernelspec, papermill, widgets: stale },
    inputPath: "oci://in@ns/a.ipynb",
    outputPath: "oci://out@ns/a.ipynb",
    version: "nbjob 1",
  });
  if (!ran) return;
  const { metadata, cells } = ran.saved;
  assert.deepEqual({ authors: metadata.authors, vscode: metadata.vscode }, own);
  assert.deepEqual(metadata.kernelspec, {
    display_name: ran.result.kernel.displayName,
    language: "python",
    name: "python3",
  });
  assert.equal(ran.result.kernel.languageVersion?.split(".")[0], "3");
  assert.equal(metadata.widgets, undefined, "nothing of an earlier run");
  const { start_time, end_time, duration, ...rest } = metadata.papermill as Record<string, unknown>; // as papermill has it
  assert.match(String(start_time), time);
  assert.match(String(end_time), time);
  assert.ok(Number(duration) > 0);
  assert.deepEqual(rest, {
    default_parameters: {},
    environment_variables: {},
    exception: null,
    input_path: "oci://in@ns/a.ipynb",
    output_path: "oci://out@ns/a.ipynb",
    parameters: { a: [1] },
    version: "nbjob 1",
  });
  const { custom, collapsed, execution }: Record<string, unknown> = { ...cells[0]?.metadata };
  assert.deepEqual({ custom, collapsed }, { custom: { deep: [1] }, collapsed: false });
  assert.ok(typeof execution === "object" && execution !== null && !("old" in execution));
  assert.equal(cells.length, 1);
});

test("secrets among the parameters are masked where they were injected, and nowhere else is source touched", async (t) => {
  const ran = await run(
    t,
    [
      { source: "key = 's3cret'  # this is the user's own", tags: ["parameters"] },
      { source: "key = 's3cret'", tags: ["injected-parameters"] },
      "len(key)",
    ],
    { parameters: { key: "s3cret", n: 1 }, mask: (text) => text.replaceAll("s3cret", "***") },
  );
  if (!ran) return;
  assert.deepEqual(
    ran.saved.cells.map(({ source }) => source),
    ["key = 's3cret'  # this is the user's own", "key = '***'", "len(key)"],
  );
  assert.deepEqual((ran.saved.metadata.papermill as Record<string, unknown>).parameters, { key: "***", n: 1 });
  assert.equal(ran.saved.cells[2]?.outputs[0]?.data?.["text/plain"], "6", "the kernel had the real one");
});

test("widgets are saved so that they can be shown without a kernel", async (t) => {
  const ran = await run(t, ["import ipywidgets as w\nw.HBox([w.IntSlider(value=4), w.Password(value='s3cret')])"], {
    mask: (text) => text.replaceAll("s3cret", "***"),
  });
  if (!ran) return;
  const { [widgetStateMime]: saved } = ran.saved.metadata.widgets as Record<string, { state: Record<string, Model> }>;
  interface Model {
    readonly model_name: string;
    readonly state: Readonly<Record<string, unknown>>;
  }
  const models = Object.values(saved?.state ?? {});
  const byName = (name: string): Model | undefined => models.find((model) => model.model_name === name);
  assert.equal(byName("IntSliderModel")?.state.value, 4);
  assert.equal(byName("PasswordModel")?.state.value, "***");
  const view = ran.saved.cells[0]?.outputs[0]?.data?.["application/vnd.jupyter.widget-view+json"];
  assert.ok(typeof view === "object" && view !== null && "model_id" in view);
  assert.ok(Object.hasOwn(saved?.state ?? {}, String(view.model_id)));
});
