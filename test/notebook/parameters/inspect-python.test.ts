/** The parameters of a Python cell, beside Python's own parser and papermill's inspection. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { execa } from "execa";
import fc from "fast-check";
import { inspectPython } from "../../../src/notebook/parameters/inspect/python.ts";
import { folder, notebook } from "../../support/program.ts";
import { venvOrSkip } from "../../support/venv.ts";
import { startEvaluator, type Evaluator } from "./evaluator.ts";
import { texts } from "./values.ts";

const python = process.env["NBJOB_TEST_PYTHON"] ?? "python3";

/** Compares what a file binds with what we read in it. */
async function compare(evaluator: Evaluator, path: string): Promise<number> {
  const expected = await evaluator.evaluate({ module: path });
  const found = inspectPython(await readFile(path, "utf8"));
  const trees = await evaluator.evaluate({ expressions: found.map(({ defaultText }) => defaultText) });
  assert.ok(typeof expected === "object" && expected !== null && Array.isArray(trees));
  const types = new Map(
    Object.entries(expected).map(([name, value]: [string, unknown]) => [name, Array.isArray(value) ? value : []]),
  );
  assert.deepEqual(found.map(({ name }) => name).toSorted(), [...types.keys()].toSorted(), `the names in ${path}`);
  for (const [index, { name, type }] of found.entries()) {
    const [tree, literal]: unknown[] = types.get(name) ?? [];
    assert.equal(trees[index] === "" ? null : trees[index], tree, `${name} in ${path}`);
    if (typeof literal === "string") assert.ok(type === literal || type === undefined, `${name} in ${path}: ${type}`);
  }
  return found.length;
}

test("assignments are found as Python's parser finds them, in its own library", async (t) => {
  const { stdout } = await execa(python, ["-c", "import os; print(os.path.dirname(os.__file__))"]);
  const names = await readdir(stdout);
  // Every third: enough of all that Python allows, in a few seconds.
  const files = names.filter((name) => name.endsWith(".py")).filter((_, index) => index % 3 === 0);
  const evaluator = startEvaluator(python, await folder(t));
  t.after(() => evaluator.end());
  let found = 0;
  for (const file of files) found += await compare(evaluator, join(stdout, file));
  assert.ok(found > 300, `${found} assignments in ${files.length} files`);
});

test("whatever stands in a text, the text ends where Python ends it", async (t) => {
  const cwd = await folder(t);
  const evaluator = startEvaluator(python, cwd);
  t.after(() => evaluator.end());
  const quote = fc.constantFrom('"', "'", '"""', "'''");
  const prefix = fc.constantFrom("", "r", "b", "f", "Rb", "u", "fr");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(prefix, quote, texts({ nul: false })), { maxLength: 8 }), async (literals) => {
      const source = literals
        .map(([before, mark, text], index) => `v${index} = ${before}${mark}${text}${mark}  # help\n`)
        .join("");
      let bound: unknown;
      try {
        bound = await evaluator.evaluate({ source });
      } catch {
        // No Python at all: anything may be found, but something must be answered.
        inspectPython(source);
        return;
      }
      assert.ok(typeof bound === "object" && bound !== null);
      const found = inspectPython(source);
      assert.deepEqual(
        found.map(({ name }) => name),
        Object.keys(bound),
      );
      // A text may hold a quote, a semicolon and another statement, which then has the comment.
      if (!source.includes(";")) for (const { help } of found) assert.match(help ?? "", /help$/);
    }),
    { numRuns: 300 },
  );
});

interface Expected {
  readonly name: string;
  readonly type?: string;
  readonly defaultText: string;
  readonly help?: string;
}
const cells: readonly (readonly [what: string, source: string, expected: readonly Expected[]])[] = [
  ["a comment is help", "a = 1  # one", [{ name: "a", type: "int", defaultText: "1", help: "one" }]],
  [
    "a comment may say the type",
    "a = f()  # type: int  how many\nb = 1 # type:float",
    [
      { name: "a", type: "int", defaultText: "f()", help: "how many" },
      { name: "b", type: "float", defaultText: "1" },
    ],
  ],
  [
    "annotations are types, quoted or not",
    'a: int = 1\nb: "Optional[int]" = None # b\nc: dict[str, int] = {}\nd: np.ndarray\ne: int | None = None',
    [
      { name: "a", type: "int", defaultText: "1" },
      { name: "b", type: "Optional[int]", defaultText: "None", help: "b" },
      { name: "c", type: "dict[str, int]", defaultText: "{}" },
      { name: "d", type: "np.ndarray", defaultText: "" },
      { name: "e", type: "int | None", defaultText: "None" },
    ],
  ],
  [
    "values over several lines, comments in them left out",
    'a = [\n  1,  # first\n  2,\n]  # list\nb = """x\n  y # z"""\nc = 1 + \\\n  2',
    [
      { name: "a", type: "list", defaultText: "[1, 2,]", help: "list" },
      { name: "b", type: "str", defaultText: '"""x\n  y # z"""' },
      { name: "c", defaultText: "1 + 2" },
    ],
  ],
  [
    "signs inside texts and brackets",
    'a = "b # c = d; e"  # f = g\nh = dict(i=1)\nj = k == l',
    [
      { name: "a", type: "str", defaultText: '"b # c = d; e"', help: "f = g" },
      { name: "h", type: "dict", defaultText: "dict(i=1)" },
      { name: "j", defaultText: "k == l" },
    ],
  ],
  [
    "chains and tuples",
    "a = b = 1  # both\nc, d = 1, 'x'\n(e, [f, g]) = 1, (2, 3)\nh, i = j()\n*k, l = 1, 2",
    [
      { name: "a", type: "int", defaultText: "1", help: "both" },
      { name: "b", type: "int", defaultText: "1", help: "both" },
      { name: "c", type: "int", defaultText: "1" },
      { name: "d", type: "str", defaultText: "'x'" },
      { name: "e", type: "int", defaultText: "1" },
      { name: "f", type: "int", defaultText: "2" },
      { name: "g", type: "int", defaultText: "3" },
      { name: "h", defaultText: "j()" },
      { name: "i", defaultText: "j()" },
    ],
  ],
  [
    "several statements on a line",
    "a = 1; b = 2  # last",
    [
      { name: "a", type: "int", defaultText: "1" },
      { name: "b", type: "int", defaultText: "2", help: "last" },
    ],
  ],
  [
    "what is assigned twice counts once, as it ends up",
    "a = 1\nb = 2\na = 'x'",
    [
      { name: "a", type: "str", defaultText: "'x'" },
      { name: "b", type: "int", defaultText: "2" },
    ],
  ],
  ["a cell that is indented whole", "  a = 1\n  if a:\n    b = 2", [{ name: "a", type: "int", defaultText: "1" }]],
  [
    "magics, blocks, imports, calls, attributes and the like declare nothing",
    `%matplotlib inline
%%time
!pip install don't==1
?help
import os; from x import y as z
os.environ["A"] = "1"
x.y = 1
a += 1
if True: b = 1; c = 2
else: d = 3
for e in f: g = 1
def h(i=1):
    j = 2
class K: l = 1
with open("x") as m: n = 1
@decorated(o=1)
async def p(): q = 1
print(r := 5, end="=")
assert s == t, "u = v"
lambda: w
match = 1`,
    [{ name: "match", type: "int", defaultText: "1" }],
  ],
  [
    "the same quotes within a formatted text, as Python 3.12 allows",
    `a = f"{x["k"]:>{w["n"]}} {y!r:'^9} {{" # help\nb = f'{"}"}' \nc = t"{d["#"]}"`,
    [
      { name: "a", type: "str", defaultText: `f"{x["k"]:>{w["n"]}} {y!r:'^9} {{"`, help: "help" },
      { name: "b", type: "str", defaultText: `f'{"}"}'` },
      { name: "c", defaultText: `t"{d["#"]}"` },
    ],
  ],
  ["nothing", "", []],
  ["what is no Python", 'a = (1\nb = \'x\n""" c = 2', [{ name: "a", defaultText: '(1 b = \'x """ c = 2' }]],
];
for (const [what, source, expected] of cells) {
  test(`inspection of Python: ${what}`, () => {
    assert.deepEqual(inspectPython(source), expected);
    assert.deepEqual(inspectPython(source.replaceAll("\n", "\r\n")), inspectPython(source));
  });
}

test("types of literals", () => {
  const types: Readonly<Record<string, string | undefined>> = {
    "1_000": "int",
    "-5": "int",
    "0xff": "int",
    "1e-3": "float",
    ".5": "float",
    "1.": "float",
    "+1.5E+3": "float",
    True: "bool",
    None: "NoneType",
    "'a' \"b\"": "str",
    "rb'x'": "bytes",
    "f'{x}'": "str",
    "[]": "list",
    "[1][0]": undefined,
    "{}": "dict",
    "{**a}": "dict",
    "{1: 2}": "dict",
    "{1, 2}": "set",
    "()": "tuple",
    "(1)": "int",
    "(1,)": "tuple",
    "1, 2": "tuple",
    "(1, 2) + (3,)": undefined,
    "int(x)": "int",
    "int(x) + 1": undefined,
    "Path('x')": undefined,
    "a if b else c": undefined,
    "lambda x, y: x": undefined,
    "-x": undefined,
  };
  for (const [text, type] of Object.entries(types)) {
    assert.equal(inspectPython(`v = ${text}`)[0]?.type, type, text);
  }
});

/** Cells that papermill can read: one assignment a line, no `=` or `#` within values. */
const readable = [
  "a = 1",
  "a = 1\nb = 'x'\n\nc = None",
  "# about\na = 1 # one\n# more\nb = 2.5  # two",
  "a: int = 1\nb: 'float' = 2.5 # type: str  b",
  "a = 1 # type: int\nb = 2 # type: int  bee\nc = 3 #cee",
  "a = [\n  1,\n  2 # two\n]\nb = {\n 'x': 1,\n 'y': [2,\n 3]} # help",
  "a: list[int] = []\nb = {'c': (1, 2)}",
  "import os\na = os.getcwd()",
  'msg = "it\'s"\ntext = \'say "x"\'',
  "a = 1\na = 2 # again",
  "größe = 1\n_x = 2",
  "alpha = 0.1  # learning rate\nlayers = 3\nname: str = 'net'  # what to call it",
];
test("papermill's own inspection agrees, where it can read a cell", async (t) => {
  const path = await venvOrSkip(t, "papermill");
  if (path === undefined) return;
  const dir = await folder(
    t,
    Object.fromEntries(
      readable.map((source, index) => [`${index}.ipynb`, notebook(["1", { source, tags: ["parameters"] }])]),
    ),
  );
  const evaluator = startEvaluator(path, dir);
  t.after(() => evaluator.end());
  for (const [index, source] of readable.entries()) {
    const theirs = await evaluator.evaluate({ notebook: join(dir, `${index}.ipynb`) });
    assert.ok(Array.isArray(theirs));
    const ours = inspectPython(source).map(({ name, type, defaultText, help = "" }, place) => {
      const [known]: unknown[] = [theirs[place]];
      const unsaid =
        typeof known === "object" &&
        known !== null &&
        "inferred_type_name" in known &&
        known.inferred_type_name === "None";
      // What nobody wrote down papermill does not infer; and it joins the lines of a value without spaces.
      return { name, inferred_type_name: unsaid ? "None" : type, default: defaultText.replaceAll(/\s+/g, ""), help };
    });
    const joined = theirs.map((each: { default: string }) => ({
      ...each,
      default: each.default.replaceAll(/\s+/g, ""),
    }));
    assert.deepEqual(ours, joined, source);
  }
});
