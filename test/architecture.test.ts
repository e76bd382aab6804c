/** Holds the frame: which folder may import which, who may write, and how long a file may be. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const sources = globSync("src/**/*.ts", { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), "utf8"),
}));

/** What each folder may import besides itself; design.md draws the same arrows. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "cli.ts": ["commands"],
  commands:
    "run launch schedule sweep policies doctor spec notebook artifact environment storage oci http process text".split(
      " ",
    ),
  schedule: ["launch", "spec", "storage", "oci", "http", "text"],
  launch: ["sweep", "run", "spec", "storage", "oci", "http", "text"],
  sweep: ["run", "spec", "storage", "http", "process", "text"],
  policies: ["spec", "storage", "oci", "text"],
  run: ["spec", "notebook", "artifact", "environment", "storage", "process", "text"],
  doctor: ["notebook", "oci", "http", "process", "text"],
  spec: ["storage", "text"],
  notebook: ["process", "text"],
  artifact: ["process", "text"],
  environment: ["storage", "oci", "http", "process", "text"],
  storage: ["oci", "http", "text"],
  oci: ["http", "text"],
  http: ["text"],
  process: ["text"],
  text: [],
};

function folderOf(path: string): string {
  return path.split("/")[1] ?? path;
}

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, specifier = ""]) =>
    relative(root, join(root, dirname(path), specifier)),
  );
}

test("imports follow the design's arrows", () => {
  const wrong = sources.flatMap(({ path, text }) => {
    const from = folderOf(path);
    return importsOf(path, text)
      .filter((target) => target.startsWith("src/") && folderOf(target) !== from)
      .filter((target) => !(mayImport[from] ?? []).includes(folderOf(target)))
      .map((target) => `${path} imports ${target}`);
  });
  assert.deepEqual(wrong, []);
  assert.ok(sources.length > 50, "the sources were found");
});

test("no two files import each other in a circle", () => {
  const edges = new Map(
    sources.map(({ path, text }) => [
      path,
      importsOf(path, text.replaceAll(/import type[^;]*;|await import\([^)]*\)/g, "")),
    ]),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(path), `a circle: ${[...trail, path].join(" → ")}`);
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
});

test("only the log writes to stdout and stderr, and only commands read the environment", () => {
  const door = /process\.(stdout|stderr)|console\./;
  const offenders = sources
    .map(({ path, text }) => ({ path, code: text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "") }))
    .flatMap(({ path, code }) => [
      ...(door.test(code) && path !== "src/cli.ts" ? [`${path} writes by itself`] : []),
      ...(/process\.(env|argv|exit\b|exitCode)/.test(code) && path !== "src/cli.ts"
        ? [`${path} reads or ends the process`]
        : []),
    ]);
  assert.deepEqual(offenders, []);
});

test("files are short enough to read in one sitting, and named after what they do", () => {
  const long = sources.filter(({ text }) => text.split("\n").length > 400).map(({ path }) => path);
  const vague = sources
    .filter(({ path }) => /(^|\/)(utils?|helpers?|common|misc)(\.ts$|\/)/.test(path))
    .map(({ path }) => path);
  assert.deepEqual({ long, vague }, { long: [], vague: [] });
});
