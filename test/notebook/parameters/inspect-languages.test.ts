/** The parameters that cells in languages other than Python declare, and what is known of a notebook's language. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inspectParameters, languageOf, type DeclaredParameter, type Notebook } from "../../../src/notebook/index.ts";
import { texts } from "./values.ts";

function notebook(source: string, tags: readonly string[] = ["parameters"]): Notebook {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: [{ cell_type: "code", id: "a", metadata: { tags: [...tags] }, source, outputs: [], execution_count: null }],
  };
}

/** Name, default, type, help. */
type Row = readonly [name: string, defaultText: string, type?: string | undefined, help?: string];

const cells: readonly (readonly [language: string, source: string, rows: readonly Row[]])[] = [
  [
    "R",
    `alpha <- 0.5 # rate
n = 5L; s <- 'it#s' # text
on <<- TRUE
v <- c(1,
  2) # vec
raw <- r"(a"b#)"
f <- function(x) { y <- 2 }
none = NULL
x == 3
names(x) <- "a"`,
    [
      ["alpha", "0.5", "numeric", "rate"],
      ["n", "5L", "integer"],
      ["s", "'it#s'", "character", "text"],
      ["on", "TRUE", "logical"],
      ["v", "c(1, 2)", "vector", "vec"],
      ["raw", 'r"(a"b#)"', "character"],
      ["f", "function(x) { y <- 2 }"],
      ["none", "NULL", "NULL"],
    ],
  ],
  [
    "Julia",
    `const n = 5 # count
x::Float32 = 0.5
s = "a $(f("x#")) b" #= help =#
m = Dict("a" => 1)
c = 'x'; t = a'
if true
  y = 1
end
f(x) = x
a[1] = 2
z += 1`,
    [
      ["n", "5", "Int64", "count"],
      ["x", "0.5", "Float32"],
      ["s", '"a $(f("x#")) b"', "String", "help"],
      ["m", 'Dict("a" => 1)', "Dict"],
      ["c", "'x'", "Char"],
      ["t", "a'"],
    ],
  ],
  [
    "scala",
    `val n = 5 // count
var s: String = "a // b" /* help /* nested */ */
val l =
  Seq(1,
    2)
val big = 5L; val d = 1e-3
val t = """a "q" b"""
def f = 3
x = 4`,
    [
      ["n", "5", "Int", "count"],
      ["s", '"a // b"', "String", "help /* nested */"],
      ["l", "Seq(1, 2)", "Seq"],
      ["big", "5L", "Long"],
      ["d", "1e-3", "Double"],
      ["t", '"""a "q" b"""', "String"],
    ],
  ],
  [
    "typescript",
    `let n = 5, s = "a;b"; // two
const o = {a: 1, // c
  b: 2}
var t = \`x \${f("}")} y\` // tpl
let k: number | null = null
plain = [1, 2]
f(a = 1)
x === 5
const arrow = (x) => x`,
    [
      ["n", "5", "number", "two"],
      ["s", '"a;b"', "string", "two"],
      ["o", "{a: 1, b: 2}", "object"],
      ["t", '`x ${f("}")} y`', "string", "tpl"],
      ["k", "null", "number | null"],
      ["plain", "[1, 2]", "array"],
      ["arrow", "(x) => x"],
    ],
  ],
  [
    "C#",
    `#r "nuget: x"
int n = 5; // count
var s = "a;b"; string t = @"x\\";
List<int> l = new List<int> { 1, 2 };
var m = 1.5m;
n == 5;
Console.WriteLine(n = 3);`,
    [
      ["n", "5", "int", "count"],
      ["s", '"a;b"', "string"],
      ["t", '@"x\\"', "string"],
      ["l", "new List<int> { 1, 2 }", "List<int>"],
      ["m", "1.5m", "decimal"],
    ],
  ],
  [
    "F#",
    `let n = 5 // count
let s : string = "a // b" (* help *)
let mutable l = [ 1; 2 ]
let b = 5I
let f x = x`,
    [
      ["n", "5", "int", "count"],
      ["s", '"a // b"', "string", "help"],
      ["l", "[ 1; 2 ]", "list"],
      ["b", "5I", "bigint"],
    ],
  ],
  [
    "PowerShell",
    `$n = 5 # count
[string]$s = "a $("b" + "#") c"; $t = 'it''s'
$l = @(1,
  2)
$on = $True
$h = @{ a = 1 }
$h.x = 3
$null -eq $x
$text = @'
x = 'y' # z
'@`,
    [
      ["n", "5", "int", "count"],
      ["s", '"a $("b" + "#") c"', "string"],
      ["t", "'it''s'", "string"],
      ["l", "@(1, 2)", "array"],
      ["on", "$True", "bool"],
      ["h", "@{ a = 1 }", "hashtable"],
      ["text", "@'\nx = 'y' # z\n'@", "string"],
    ],
  ],
  [
    "matlab",
    `n = 5; % count
s = "a % b"; c = 'it''s'; % ch
m = [1, 2; ... more
  3, 4];
t = m';
%{
x = 1
%}
if n == 5
  z = 1;
end`,
    [
      ["n", "5", "double", "count"],
      ["s", '"a % b"', "string"],
      ["c", "'it''s'", "char", "ch"],
      ["m", "[1, 2; 3, 4]"],
      ["t", "m'"],
    ],
  ],
  [
    "bash",
    `N=5 # count
export S="a # b" T='x'
declare -a L=(1 2 "3 )")
: "\${D:=7}"
X=1 cmd
Y=$(date +"%Y") ; Z=\${N:-4} # last
if true; then
  Q=1
fi
W="a\\"b"c#d
echo E=1`,
    [
      ["N", "5", "integer", "count"],
      ["S", '"a # b"', "string"],
      ["T", "'x'", "string"],
      ["L", '(1 2 "3 )")', "array"],
      ["D", "7", "integer"],
      ["Y", '$(date +"%Y")', "string"],
      ["Z", "${N:-4}", "string", "last"],
      ["W", '"a\\"b"c#d', "string"],
    ],
  ],
];
for (const [language, source, rows] of cells) {
  test(`inspection of ${language}`, () => {
    const expected = rows.map(([name, defaultText, type, help]): DeclaredParameter => ({
      name,
      ...(type === undefined ? {} : { type }),
      defaultText,
      ...(help === undefined ? {} : { help }),
    }));
    assert.deepEqual(inspectParameters(notebook(source), language), expected);
  });
}

test("whatever a cell holds, inspection ends, and quickly", () => {
  const languages = ["python", ...cells.map(([language]) => language)];
  fc.assert(
    fc.property(
      fc.constantFrom(...languages),
      texts(),
      fc.constantFrom("", "x = ", "let x = ", "$x = "),
      (language, text, head) => {
        assert.ok(Array.isArray(inspectParameters(notebook(head + text), language)));
      },
    ),
    { numRuns: 1000 },
  );
  const closed = (open: string, inner: string, close: string): string => open.repeat(1000) + inner + close.repeat(1000);
  const deep = [closed("(", "1", ")"), closed("[", "a, b", "]"), closed("{", "", "}"), closed("(a, ", "b", ")")];
  for (const language of languages) {
    for (const text of deep) {
      assert.ok(Array.isArray(inspectParameters(notebook(`x = ${text}`), language)));
      assert.ok(Array.isArray(inspectParameters(notebook(`${text} = ${text}`), language)));
    }
    for (const piece of [
      "(",
      "[",
      "'",
      '"',
      "$(",
      "${",
      "f'{",
      "x = ",
      "x = [\n",
      "/*",
      "#",
      "\\",
      "`",
      "=",
      "a,",
      "'''",
      "(*",
      "let x = (1, ",
    ]) {
      assert.ok(Array.isArray(inspectParameters(notebook(piece.repeat(1500)), language)));
    }
  }
});

test("nothing is said without a cell, or of a language that is not known; a cell of text declares nothing", () => {
  assert.equal(inspectParameters(notebook("a = 1", ["other"]), "python"), undefined);
  assert.equal(inspectParameters(notebook("a = 1"), "cobol"), undefined);
  assert.equal(inspectParameters(notebook("a = 1"), undefined), undefined);
  const text: Notebook = {
    ...notebook(""),
    cells: [{ cell_type: "markdown", id: "a", metadata: { tags: ["parameters"] }, source: "a = 1" }],
  };
  assert.deepEqual(inspectParameters(text, "python"), []);
});

test("a notebook's language is its kernelspec's, else its last kernel's", () => {
  const base = notebook("");
  const kernelspec = { name: "ir", language: "R", display_name: "R" };
  assert.equal(languageOf({ ...base, metadata: { kernelspec, language_info: { name: "python" } } }), "R");
  assert.equal(
    languageOf({ ...base, metadata: { kernelspec: { name: "x" }, language_info: { name: "python" } } }),
    "python",
  );
  assert.equal(languageOf({ ...base, metadata: { kernelspec: "x", language_info: { name: "" } } }), undefined);
  assert.equal(languageOf(base), undefined);
});
