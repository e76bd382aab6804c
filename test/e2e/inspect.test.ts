/** `nbjob inspect`: what a notebook declares, for people and for machines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { folder, notebook, run } from "../support/program.ts";

const declared = `# The model
alpha = 0.1  # learning rate
layers = [
    64,  # wide
    32,
]
név = "größe # 5"  # type: str  a name
日本: "list[int]" = []
`;
const sketch = [{ source: declared, tags: ["parameters"] }, "print(alpha)"];

test("the parameters are a table whose columns line up", async (t) => {
  const dir = await folder(t, { "train.ipynb": notebook(sketch) });
  const { code, stdout, stderr } = await run(["inspect", "train.ipynb"], { cwd: dir });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  assert.deepEqual(stdout.split("\n"), [
    "NAME    TYPE       DEFAULT      HELP",
    "alpha   float      0.1          learning rate",
    "layers  list       [64, 32,]",
    'név     str        "größe # 5"  a name',
    "日本    list[int]  []",
    "",
  ]);
});

test("--json has every field of every parameter, and whole defaults", async (t) => {
  const long = `text = """${"x".repeat(200)}\n${"y".repeat(200)}"""`;
  const dir = await folder(t, { "a.ipynb": notebook([{ source: `${long}\nn: int\nm = f()`, tags: ["parameters"] }]) });
  const { code, stdout } = await run(["inspect", "--json", "a.ipynb"], { cwd: dir });
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), [
    { name: "text", type: "str", default: long.slice("text = ".length), help: null },
    { name: "n", type: "int", default: null, help: null },
    { name: "m", type: null, default: "f()", help: null },
  ]);
  const { stdout: table } = await run(["inspect", "a.ipynb"], { cwd: dir });
  assert.equal(table.split("\n").length, 5, "one line each");
});

const nothing: readonly (readonly [what: string, text: string, json: unknown, message: RegExp])[] = [
  ["no cell is tagged", notebook(["alpha = 1"]), [], /no cell is tagged "parameters"/],
  ["the cell assigns nothing", notebook([{ source: "# none yet", tags: ["parameters"] }]), [], /cell 1, tagged/],
  [
    "the language is unknown",
    notebook([{ source: "alpha = 1", tags: ["parameters"] }]).replace('"language":"python"', '"language":"cobol"'),
    null,
    /"cobol"/,
  ],
  [
    "the notebook does not say its language",
    notebook([{ source: "alpha = 1", tags: ["parameters"] }]).replace('"language":"python",', ""),
    null,
    /does not say its language/,
  ],
];
for (const [what, text, json, message] of nothing) {
  test(`where ${what}, one sentence says so`, async (t) => {
    const dir = await folder(t, { "n.ipynb": text });
    const { code, stdout } = await run(["inspect", "n.ipynb"], { cwd: dir });
    assert.equal(code, 0);
    assert.match(stdout, message);
    assert.match(stdout, /n\.ipynb/);
    assert.equal(stdout.trim().split("\n").length, 1);
    const asJson = await run(["inspect", "n.ipynb", "--json"], { cwd: dir });
    assert.deepEqual(JSON.parse(asJson.stdout), json);
  });
}

test("a notebook in another language is read in its own", async (t) => {
  const source = "alpha <- 0.5 # rate\nname <- 'x'";
  const text = notebook([{ source, tags: ["parameters"] }], "ir").replace('"language":"python"', '"language":"R"');
  const dir = await folder(t, { "r.ipynb": text });
  const { stdout } = await run(["inspect", "r.ipynb"], { cwd: dir });
  assert.match(stdout, /^alpha {2}numeric {4}0\.5 {6}rate$/m);
});

test("what is no notebook is refused, what is not there too", async (t) => {
  const dir = await folder(t, { "bad.ipynb": "{" });
  assert.equal((await run(["inspect", "bad.ipynb"], { cwd: dir })).code, 65);
  assert.equal((await run(["inspect", "absent.ipynb"], { cwd: dir })).code, 66);
  assert.equal((await run(["inspect"], { cwd: dir })).code, 64);
});

test("a default cannot move the terminal's cursor", async (t) => {
  const dir = await folder(t, { "n.ipynb": notebook([{ source: 'x = "\u001b[2J\u202e"', tags: ["parameters"] }]) });
  const { stdout } = await run(["inspect", "n.ipynb"], { cwd: dir });
  assert.ok(!/[\u001b\u202e]/u.test(stdout), JSON.stringify(stdout));
});
