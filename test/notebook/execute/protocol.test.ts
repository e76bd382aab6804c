/** What a kernel may say, in which order, and what must become of it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { runScripted, streamed } from "./notebook-run.ts";

const say = (text: string): string => `publish stream ${JSON.stringify({ name: "stdout", text })}`;

test("reply and idle may come in either order; output between them belongs to the cell", async (t) => {
  const cells = [
    [say("1"), "reply {}", say("2"), "sleep 0.3", say("3"), "idle"].join("\n"),
    [say("4"), "idle", "sleep 0.3", "reply {}"].join("\n"),
    say("5"),
  ];
  const ran = await runScripted(t, cells);
  if (!ran) return;
  assert.equal(ran.result.status, "succeeded");
  assert.equal(ran.result.outputsMayBeIncomplete, false);
  assert.deepEqual(
    ran.saved.cells.map((cell) => streamed(cell)),
    ["123", "4", "5"],
  );
  assert.equal(ran.printed, "12345");
});

test("output that comes after its cell has ended is put where it belongs, and into the last cell too", async (t) => {
  const late = (seconds: number, text: string): string =>
    `late ${seconds} stream ${JSON.stringify({ name: "stdout", text })}`;
  const ran = await runScripted(t, [`${say("a")}\n${late(0.1, "b")}`, `${say("c")}\nsleep 0.3\n${late(0.01, "d")}`]);
  if (!ran) return;
  assert.equal(streamed(ran.saved.cells[0]), "ab");
  assert.match(streamed(ran.saved.cells[1]), /^cd?$/); // the kernel may be gone before
});

test("a lost idle status ends the cell and is told", async (t) => {
  const ran = await runScripted(t, [`${say("a")}\nno-idle`, say("b")]);
  if (!ran) return;
  assert.equal(ran.result.status, "succeeded");
  assert.equal(ran.result.outputsMayBeIncomplete, true);
  assert.equal(ran.warnings.length, 1);
  assert.deepEqual(
    ran.saved.cells.map((cell) => streamed(cell)),
    ["a", "b"],
  );
});

test("a kernel that never says it is idle is taken at its replies", async (t) => {
  const ran = await runScripted(t, [`mute\n${say("a")}`]);
  if (!ran) return;
  assert.equal(ran.result.status, "succeeded");
  assert.equal(ran.result.outputsMayBeIncomplete, true);
  assert.equal(streamed(ran.saved.cells[0]), "a");
});

test("a kernel that is busy after its reply is not given up", async (t) => {
  const busy = Array.from({ length: 4 }, (_, second) => ["sleep 1", say(String(second))]).flat();
  const ran = await runScripted(t, [["reply {}", "sleep 3", ...busy].join("\n")]);
  if (!ran) return;
  assert.equal(ran.result.outputsMayBeIncomplete, false);
  assert.equal(streamed(ran.saved.cells[0]), "0123");
});

test("a reply that never comes fails the cell", async (t) => {
  const ran = await runScripted(t, [`${say("a")}\nno-reply`, say("b")]);
  if (!ran) return;
  assert.equal(ran.result.failure?.reason, "cell-failed");
  assert.equal(ran.statuses, "failed skipped");
  assert.equal(streamed(ran.saved.cells[0]), "a");
});

test("a damaged message is dropped, and the run says that outputs may be incomplete", async (t) => {
  const ran = await runScripted(t, [`forge stream {"name": "stdout", "text": "forged"}\n${say("a")}`]);
  if (!ran) return;
  assert.equal(ran.result.status, "succeeded");
  assert.equal(ran.result.outputsMayBeIncomplete, true);
  assert.equal(streamed(ran.saved.cells[0]), "a");
});

test("what answers no request, as an exit handler's words, is in the latest cell", async (t) => {
  const ran = await runScripted(t, [`orphan stream {"name": "stdout", "text": "orphan"}\n${say("a")}`]);
  if (!ran) return;
  assert.equal(streamed(ran.saved.cells[0]), "orphana");
});

const failures: readonly [name: string, script: string, ename: string | undefined][] = [
  ["an error in the reply alone", 'reply {"status": "error", "ename": "Odd", "evalue": "x", "traceback": []}', "Odd"],
  ["an error output with a good reply", 'publish error {"ename": "Odd", "evalue": "x", "traceback": []}', "Odd"],
  ["an aborted request", 'reply {"status": "aborted"}', undefined],
];
for (const [name, script, ename] of failures)
  test(`${name} is a failure`, async (t) => {
    const ran = await runScripted(t, [script, say("never")]);
    if (!ran) return;
    assert.equal(ran.result.status, "failed");
    assert.equal(ran.result.failure?.reason, "cell-failed");
    assert.equal(ran.result.failure.ename, ename);
    assert.equal(ran.statuses, "failed skipped");
  });

test("an error without a name is its text in the log", async (t) => {
  const ran = await runScripted(t, ['publish error {"ename": "", "evalue": "1", "traceback": []}']);
  if (!ran) return;
  assert.equal(ran.printed, "1\n");
  assert.match(ran.result.failure?.message ?? "", /failed: 1$/);
});

test("input that a kernel asks for in spite of all fails the cell and does not hang", async (t) => {
  const ran = await runScripted(t, ['input {"prompt": "Name: ", "password": false}', say("never")]);
  if (!ran) return;
  assert.equal(ran.result.failure?.reason, "cell-failed");
  assert.match(ran.result.failure.message, /input.*Name:/);
  assert.equal(ran.statuses, "failed skipped");
});

test("a kernel that restarts itself has lost everything: a death", async (t) => {
  const ran = await runScripted(t, ['publish status {"execution_state": "restarting"}\nsleep 30', say("never")]);
  if (!ran) return;
  assert.equal(ran.result.failure?.reason, "kernel-died");
  assert.equal(ran.statuses, "interrupted skipped");
});

test("payloads: a page is an output, set_next_input with replace changes the cell, a new cell is not added", async (t) => {
  const page = { source: "page", data: { "text/plain": "help" }, start: 0 };
  const replace = { source: "set_next_input", text: "loaded", replace: true };
  const add = { source: "set_next_input", text: "new", replace: false };
  const reply = (payload: object): string => `reply ${JSON.stringify({ payload: [payload] })}`;
  const ran = await runScripted(t, [reply(page), reply(replace), reply(add)]);
  if (!ran) return;
  assert.deepEqual(ran.saved.cells[0]?.outputs, [
    { data: { "text/plain": "help" }, metadata: {}, output_type: "display_data" },
  ]);
  assert.equal(ran.saved.cells[1]?.source, "loaded");
  assert.equal(ran.saved.cells.length, 3);
  assert.equal(ran.warnings.length, 1);
});

test("numbers come through as the kernel wrote them, and data that is no text becomes text", async (t) => {
  const data =
    '{"application/json": {"big": 12345678901234567890, "float": 1.0, "nan": NaN}, "text/plain": 5, "text/html": ["a", "b"]}';
  const ran = await runScripted(t, [`publish display_data {"data": ${data}, "metadata": {"one": 1.0}}`]);
  if (!ran) return;
  const text = await readFile(ran.path, "utf8");
  for (const part of ['"big": 12345678901234567890', '"float": 1.0', '"nan": NaN', '"one": 1.0', '"5"', '"ab"'])
    assert.ok(text.includes(part), part);
});

test("fields that kernels leave out do no harm", async (t) => {
  const ran = await runScripted(t, [
    'publish display_data {"data": {"text/plain": "x"}, "transient": null}\npublish stream {"text": "y"}\nreply {"status": null, "payload": null}',
  ]);
  if (!ran) return;
  assert.equal(ran.result.status, "succeeded");
  assert.equal(ran.saved.cells[0]?.outputs.length, 2);
});

test("a slow log neither hurries a cell's end nor puts a page above what is said later", async (t) => {
  const page = JSON.stringify({ payload: [{ source: "page", data: { "text/plain": "help" }, start: 0 }] });
  const said: string[] = [];
  const ran = await runScripted(
    t,
    [[`reply ${page}`, "sleep 0.3", ...["1", "2", "3", "4"].map(say), "idle"].join("\n")],
    {
      observer: {
        output: async (_, bytes) => {
          said.push(Buffer.from(bytes).toString());
          // Time for a question whether the kernel is still at it, and then for the answer.
          if (said.length === 1 || said.length === 3) await sleep(1_500);
        },
      },
    },
  );
  if (!ran) return;
  assert.equal(ran.result.outputsMayBeIncomplete, false, ran.warnings.join("\n"));
  const [cell] = ran.saved.cells;
  assert.deepEqual(
    cell?.outputs.map(({ text, data }) => text ?? data?.["text/plain"]),
    ["1234", "help"],
  );
  assert.deepEqual(said, ["1", "2", "3", "4", "help\n"]);
});
