import assert from "node:assert/strict";
import { test } from "node:test";
import { describeError } from "../../src/text/describe.ts";
import { NbjobError } from "../../src/text/errors.ts";

test("one problem is one line", () => {
  const error = new NbjobError("invalid-job-file", "jobs/hello.yaml has a problem.", {
    location: "jobs/hello.yaml",
    problems: [
      { message: "noteBok is not a key of a job file.", line: 3, column: 1, remedy: 'Did you mean "noteBook"?' },
    ],
  });
  assert.deepEqual(describeError(error), [
    'jobs/hello.yaml:3:1: noteBok is not a key of a job file. Did you mean "noteBook"?',
  ]);
});

test("several problems are counted, each at its place", () => {
  const error = new NbjobError("invalid-job-file", "a.yaml has 4 problems", {
    location: "a.yaml",
    problems: [
      { message: "One", line: 1, column: 2 },
      { message: "Two.", line: 7 },
      { message: "Three", origin: "--set a=", key: "a" },
      { message: "Four", remedy: "Mend it" },
    ],
  });
  assert.deepEqual(describeError(error), [
    "a.yaml has 4 problems.",
    "a.yaml:1:2: One.",
    "a.yaml:7:1: Two.",
    "--set a=: Three.",
    "a.yaml: Four. Mend it.",
  ]);
});

test("a failure without problems says where, once, and what to do", () => {
  assert.deepEqual(
    describeError(new NbjobError("not-found", "There is no file here", { location: "a b", remedy: "Look again" })),
    ["a b: There is no file here. Look again."],
  );
  assert.deepEqual(describeError(new NbjobError("not-found", '"a b" is missing', { location: "a b" })), [
    '"a b" is missing.',
  ]);
  assert.deepEqual(describeError(new NbjobError("usage", 'It is called "x"')), ['It is called "x".']);
});

test("a program's own lines follow, without what only a terminal shows", () => {
  const said = "Traceback:\n\tin \u001b[31mhere\u001b[0m\rthere\nImportError: x";
  const error = new NbjobError("environment", "It did not start", { remedy: "Install it.", said });
  const lines = ["It did not start. Install it.", "  Traceback:", String.raw`      in here\rthere`, "  ImportError: x"];
  assert.deepEqual(describeError(error), lines);
});

test("what is no failure of ours keeps its message", () => {
  assert.deepEqual(describeError(new TypeError("x is not a function")), ["x is not a function"]);
  assert.deepEqual(describeError("thrown text"), ["thrown text"]);
});

test("a line stays one line, whatever a name holds", () => {
  const [line, ...more] = describeError(new NbjobError("not-found", "No file a\nb\u001b[31m\u2028c", {}));
  assert.equal(line, String.raw`No file a\nb\u001b[31m\u2028c.`);
  assert.deepEqual(more, []);
});
