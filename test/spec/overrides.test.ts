import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assign } from "../../src/spec/assign.ts";
import { readKeyPath } from "../../src/spec/keypath.ts";
import { type MapNode, nodeAt, pathText } from "../../src/spec/yaml/node.ts";
import { parseYaml } from "../../src/spec/yaml/parse.ts";
import { job, load, problemsOf, locationOf } from "./loading.ts";

test("--set puts YAML values at any key", async () => {
  const spec = await load(job("parameters: {epochs: 5, nested: {list: [1, 2]}}"), {
    overrides: {
      set: [
        "parameters.epochs=10",
        "parameters.nested.list.0=one",
        "parameters.nested.list.2=[3]",
        "parameters.new={a: 1.5}",
        "parameters.text='10'",
        "parameters.equals=a=b",
        "parameters.none=",
        "notebookOptions.excludeTags=[a, b]",
        "timeout=2h",
        "notebook=b.ipynb",
        'inputs."data.csv"=x.csv',
      ],
    },
  });
  assert.deepEqual(spec.parameters, {
    epochs: 10,
    nested: { list: ["one", 2, [3]] },
    new: { a: 1.5 },
    text: "10",
    equals: "a=b",
    none: null,
  });
  assert.deepEqual(spec.notebookOptions.excludeTags, ["a", "b"]);
  assert.equal(spec.timeout, 7_200_000);
  assert.deepEqual(locationOf(spec), { kind: "file", path: "/here/b.ipynb" });
  assert.deepEqual(spec.inputs, { "data.csv": { kind: "file", path: "/here/x.csv" } });
});

test("--set key= takes a key away", async () => {
  const spec = await load(job("timeout: 1h\ncheckpoint: 5m"), { overrides: { set: ["timeout=", "checkpoint=null"] } });
  assert.equal(spec.timeout, undefined);
  assert.equal(spec.checkpoint, undefined);
});

test("an override through an alias leaves the anchor alone", async () => {
  const spec = await load(job("parameters: {a: &x {n: 1}, b: *x}"), { overrides: { set: ["parameters.b.n=2"] } });
  assert.deepEqual(spec.parameters, { a: { n: 1 }, b: { n: 2 } });
});

test("arguments by index, as they are written", async () => {
  const spec = await load("artifact: a.py\noutputFolder: out\narguments: [x, y]", {
    overrides: { set: ["arguments.0=1.10", "arguments.2=z"] },
  });
  assert.deepEqual(spec.work?.kind === "artifact" && spec.work.arguments, ["1.10", "y", "z"]);
});

test("the command line wins over the environment, and that over the file; later kinds over earlier ones", async () => {
  const text = job("parameters: {a: file, b: file, c: file, d: file, e: file, f: file, g: file, h: file}");
  const env = {
    NBJOB_PARAMETERS: '{"b": "env", "c": "env", "d": "env", "e": "env", "f": "env", "g": "env", "h": "env"}',
    NBJOB_SET: '{"parameters.c": "set", "parameters.d": "set", "parameters.e": "set", "timeout": "1h"}',
  };
  const spec = await load(text, {
    env,
    parametersTexts: [{ origin: "-f p.yaml", text: "{d: f, e: f, f: f, g: f, h: f}" }],
    overrides: {
      parametersYaml: ["{e: y, f: y, g: y, h: y}"],
      parameters: [
        ["f", "p"],
        ["g", "p"],
        ["h", "p"],
      ],
      rawParameters: [
        ["g", "r"],
        ["h", "r"],
      ],
      set: ["parameters.h=s"],
    },
  });
  assert.deepEqual(spec.parameters, { a: "file", b: "env", c: "set", d: "f", e: "y", f: "p", g: "r", h: "s" });
  assert.equal(spec.timeout, 3_600_000);
});

test("-f and -y keep dates as text, as papermill does; the file and --set have dates", async () => {
  const spec = await load(job("parameters: {a: 2026-01-31}"), {
    overrides: { parametersYaml: ["{b: 2026-01-31, c: [2026-01-31]}"], set: ["parameters.d=2026-01-31"] },
  });
  const date = new Date("2026-01-31");
  assert.deepEqual(spec.parameters, { a: date, b: "2026-01-31", c: ["2026-01-31"], d: date });
});

test("-p names a parameter, dots and all; an empty file of parameters has none", async () => {
  const spec = await load(job("retries: 0"), {
    parametersTexts: [{ origin: "-f p.yaml", text: "# nothing\n" }],
    overrides: { parameters: [["a.b", "1"]], rawParameters: [["c", "1"]] },
  });
  assert.deepEqual(spec.parameters, { "a.b": 1, c: "1" });
});

test("--output-folder and --kernel", async () => {
  const spec = await load("noteBook: a.ipynb", { overrides: { outputFolder: "/o", kernel: "ir" } });
  assert.deepEqual(spec.outputFolder, { kind: "file", path: "/o/" });
  assert.equal(spec.notebookOptions.kernel, "ir");
});

test("mistakes name the flag or variable, and no line", async () => {
  const found = await problemsOf(job("timeout: 1h\narguments: [a]"), {
    env: { NBJOB_SET: '{"timeout..a": 1}', NBJOB_PARAMETERS: "[1]" },
    parametersTexts: [{ origin: "-f p.yaml", text: "a: 1\na: 2\n" }],
    overrides: {
      set: [
        "parameters.lr=[1",
        "nothing",
        "a..b=1",
        "timeout.x=1",
        "arguments.9=x",
        "jobNmae=x",
        "infrastructure.ocpus=none",
        "sha256=*x",
        "parameters.zip=007",
      ],
      parametersYaml: ["- 1"],
      kernel: "",
    },
  });
  const origins = found.filter(({ line }) => line === undefined).map(({ origin, key }) => `${origin} ${key ?? ""}`);
  assert.deepEqual(
    origins.toSorted(),
    [
      "--kernel notebookOptions.kernel",
      "--set ",
      "--set a..b= a..b",
      "--set arguments.9= arguments.9",
      "--set jobNmae= jobNmae",
      "--set parameters.lr= ",
      "--set parameters.zip= parameters.zip",
      "--set infrastructure.ocpus= infrastructure.ocpus",
      "--set sha256= ",
      "--set timeout.x= timeout.x",
      "-f p.yaml a",
      "-y ",
      "NBJOB_PARAMETERS ",
      "NBJOB_SET timeout..a",
    ].toSorted(),
  );
  assert.deepEqual(
    found.filter(({ line }) => line !== undefined).map(({ key, line }) => `${line} ${key}`),
    ["4 arguments"],
  );
});

test("a key path is read as it is written, whatever its names", () => {
  const name = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({ unit: fc.constantFrom(".", '"', "\\", "=", "a", "0", " "), minLength: 1 }),
  );
  const names = fc.array(
    name.filter((text) => text !== "__proto__"),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(fc.property(names, (path) => assert.deepEqual(readKeyPath(pathText(path)), path)));
});

test("what is no key path", () => {
  for (const text of ["", ".", "a.", ".a", "a..b", '"a', 'a"b"', '"a"b', '""', "__proto__", "a.__proto__.b"]) {
    assert.equal(readKeyPath(text), undefined, text);
  }
});

test("what is assigned is found again, and nothing beside it changes", () => {
  const parsed = parseYaml("a: {b: [1, {c: 2}], d: x}\ne: [[3]]\nf:\n");
  assert.equal(parsed.root?.kind, "map");
  const before: MapNode = parsed.root;
  const copy = structuredClone(before);
  const names = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "0", "1", "2");
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 4 }), (path) => {
      const place = { origin: "--set x=" };
      const node = { kind: "scalar", value: 9, text: "9", plain: true, place } as const;
      const result = assign(before, { path, node, place });
      assert.deepEqual(before, copy);
      if ("problem" in result) return assert.equal(result.problem.origin, place.origin);
      assert.deepEqual(nodeAt(result.root, path), node);
      for (const key of ["a", "e", "f"]) {
        if (key !== path[0]) assert.equal(nodeAt(result.root, [key]), nodeAt(before, [key]));
      }
    }),
  );
});
