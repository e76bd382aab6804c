/** Names of parameters become names of variables, and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { requireLanguage } from "../../../src/notebook/parameters/languages.ts";
import { translateParameters } from "../../../src/notebook/parameters/translate.ts";
import type { ParameterValue } from "../../../src/notebook/parameters/index.ts";
import { NbjobError } from "../../../src/text/errors.ts";

const languages: Readonly<Record<string, { readonly taken: readonly string[]; readonly refused: readonly string[] }>> =
  {
    Python: { taken: ["_x", "größe", "match", "print", "日本"], refused: ["class", "None", "x.y", "1x", "float"] },
    R: { taken: ["a.b", ".x", "größe", "class", "x_1"], refused: ["_x", ".1x", "..1", "if", "TRUE", "a-b", "..."] },
    Julia: { taken: ["_x", "x!", "größe", "type"], refused: ["_", "__", "end", "in", "x.y", "!x", "Dict"] },
    Scala: { taken: ["_x", "Epochs", "größe"], refused: ["_", "val", "type", "x-y", "a b", "Map", "𝐚"] },
    "C#": { taken: ["_x", "größe", "var"], refused: ["class", "await", "@class", "long", "x-y", "𝐚"] },
    "F#": { taken: ["_x", "größe"], refused: ["_", "let", "rec", "x'", "``a b``", "to", "𝐚"] },
    PowerShell: { taken: ["x", "größe", "Epochs"], refused: ["True", "PID", "pid", "x:y", "x-y", "?", "a}b", "𝐚"] },
    MATLAB: { taken: ["x_1", "Epochs", "x".repeat(63)], refused: ["_x", "größe", "end", "x".repeat(64), "containers"] },
    Bash: {
      taken: ["x", "_x", "EPOCHS"],
      refused: ["größe", "a-b", "a[0]", "PATH", "IFS", "PS1", "PROMPT_COMMAND", "BASH_ENV", "LD_PRELOAD", "UID"],
    },
    JavaScript: {
      taken: ["$x", "_x", "größe", "of"],
      refused: ["let", "await", "x-y", "#x", "__proto__", "undefined"],
    },
  };

const hostile = [
  "",
  " ",
  "a b",
  "a\n",
  "\na",
  "a;b",
  "a=1;b",
  "a\u2028b",
  "a\u200db",
  "a(b)",
  "a\0",
  "$(id)",
  "a#",
  'a"',
  "\ud800",
  "\u202ea",
];

for (const [title, { taken, refused }] of Object.entries(languages)) {
  const language = requireLanguage(title, undefined);
  for (const name of taken) {
    test(`${title} takes ${name}`, () => {
      assert.equal(
        translateParameters({ [name]: 1 }, language),
        `${language.comment("Parameters")}\n${language.assign(name, "1")}\n`,
      );
    });
  }
  test(`${title} refuses names that are no variable's, all at once`, () => {
    const names = [...new Set([...refused, ...hostile])];
    const given: Readonly<Record<string, ParameterValue>> = Object.fromEntries([
      ["good", 1],
      ...names.map((name) => [name, 2] as const),
    ]);
    assert.throws(
      () => translateParameters(given, language),
      (error) => {
        assert.ok(error instanceof NbjobError);
        assert.equal(error.reason, "invalid-job-file");
        const keys = new Set(error.problems.map(({ key }) => key));
        for (const name of names) assert.ok(keys.has(`parameters.${name}`), JSON.stringify(name));
        assert.ok(!keys.has("parameters.good"));
        return true;
      },
    );
  });
}

for (const [title, first, second] of [
  ["PowerShell", "Rate", "rate"],
  ["Python", "ﬁt", "fit"],
] as const) {
  test(`${title} refuses two names of one variable`, () => {
    assert.throws(
      () => translateParameters({ [first]: 1, [second]: 2 }, requireLanguage(title, undefined)),
      (error) => error instanceof NbjobError && error.problems[0]?.key === `parameters.${second}`,
    );
  });
}

const refusedValues: readonly (readonly [language: string, value: ParameterValue, key: string])[] = [
  ["R", { a: ["x", "\0"] }, "parameters.value.a[1]"],
  ["R", "\ud800", "parameters.value"],
  ["R", [2n ** 53n + 1n], "parameters.value[0]"],
  ["R", { "\0": 1 }, "parameters.value.\0"],
  ["MATLAB", 2n ** 64n + 1n, "parameters.value"],
  ["Bash", "a\0b", "parameters.value"],
  ["Bash", ["\udfff"], "parameters.value[0]"],
  ["PowerShell", [{ a: 1, A: 2 }], "parameters.value[0]"],
  ["Python", new Date(Number.NaN), "parameters.value"],
];
for (const [title, value, key] of refusedValues) {
  test(`${title} refuses what it cannot hold, ${JSON.stringify(key)}`, () => {
    assert.throws(
      () => translateParameters({ value }, requireLanguage(title, undefined)),
      (error) =>
        error instanceof NbjobError && error.reason === "invalid-job-file" && error.problems.some((p) => p.key === key),
    );
  });
}

test("what is nested too deeply is refused, not a crash", () => {
  const nest = (depth: number): ParameterValue => (depth === 0 ? 1 : [nest(depth - 1)]);
  const python = requireLanguage("python", undefined);
  assert.match(translateParameters({ value: nest(40) }, python), /\[{40}1/);
  assert.throws(() => translateParameters({ value: nest(41) }, python), NbjobError);
});

test("a language without a translator is named, and those with one are", () => {
  assert.throws(
    () => requireLanguage("rust", "evcxr"),
    (error) => {
      assert.ok(error instanceof NbjobError);
      assert.equal(error.reason, "invalid-job-file");
      const told = [error.message, ...error.problems.map(({ message }) => message)].join(" ");
      for (const title of ["rust", "evcxr", ...Object.keys(languages)]) assert.ok(told.includes(title), title);
      return true;
    },
  );
});

for (const [language, kernel, title] of [
  ["python", "python3", "Python"],
  ["R", "ir", "R"],
  ["c#", ".net-csharp", "C#"],
  [undefined, ".net-fsharp", "F#"],
  ["polyglot-notebook", ".net-powershell", "PowerShell"],
  ["", "sparkkernel", "Scala"],
  ["typescript", "deno", "JavaScript"],
] as const) {
  test(`language ${language ?? "unsaid"} with kernel ${kernel} is ${title}`, () => {
    assert.equal(requireLanguage(language, kernel).title, title);
  });
}
