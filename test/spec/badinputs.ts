/** Every wrong job file that is known to be refused well: what is wrong with it, and where. */
import { maxJobFileBytes } from "../../src/spec/yaml/decode.ts";
import { job } from "./loading.ts";

export interface BadInput {
  readonly name: string;
  readonly text: string | Uint8Array;
  /** `line:column key` of each problem, in order; no position where there is none. */
  readonly at: readonly string[];
  /** What its remedy must name. */
  readonly suggests?: string;
}

const whole: readonly BadInput[] = [
  { name: "empty", text: "", at: ["1:1 "] },
  { name: "blank", text: " \n\n", at: ["1:1 "] },
  { name: "only comments", text: "# noteBook: a.ipynb\n", at: ["1:1 "] },
  { name: "null", text: "null\n", at: ["1:1 "] },
  { name: "a list at the top", text: "- noteBook: a.ipynb\n", at: ["1:1 "] },
  { name: "a text at the top", text: "a.ipynb\n", at: ["1:1 "] },
  { name: "a number at the top", text: "42\n", at: ["1:1 "] },
  { name: "a second document", text: `${job("retries: 0")}---\nnoteBook: b.ipynb\n`, at: ["4:1 "] },
  { name: "too many bytes", text: Buffer.alloc(maxJobFileBytes + 1, "#"), at: [" "] },
  {
    name: "Latin-1 bytes",
    text: Buffer.from("noteBook: a.ipynb\njobName: caf\u00e9\n", "latin1"),
    at: ["2:13 "],
    suggests: "UTF-8",
  },
  { name: "a cut-off UTF-8 character", text: Buffer.from("jobName: \u00e9").subarray(0, -1), at: ["1:10 "] },
  { name: "UTF-16", text: Buffer.from(`\uFEFF${job("retries: 0")}`, "utf16le"), at: ["1:1 "], suggests: "UTF-8" },
  { name: "a binary file", text: Buffer.from([0x50, 0x4b, 3, 4, 0, 0xff]), at: ["1:6 "] },
  { name: "a NUL", text: "noteBook: a\u0000b\n", at: ["1:12 "] },
];

const syntax: readonly BadInput[] = [
  { name: "a tab that indents", text: job("environment:\n\tvariables: {}"), at: ["4:1 "], suggests: "spaces" },
  { name: "a tab after spaces", text: job("environment:\n  \tvariables: {}"), at: ["4:3 "], suggests: "spaces" },
  { name: "a quote not closed", text: job("jobName: 'a"), at: ["4:1 "] },
  { name: "a bracket not closed", text: job("outputs: [a, b\ntimeout: 1h"), at: ["4:1 "] },
  { name: "a brace not closed", text: job("parameters: {a: 1"), at: ["4:1 "] },
  { name: "keys not lined up", text: job("timeout: 1h\n  retries: 0"), at: ["4:10 "] },
  { name: "a colon and a space in a text", text: job("jobName: a: b"), at: ["3:11 "], suggests: "quote" },
  { name: "a text that begins with @", text: job("jobName: @a"), at: ["3:10 "], suggests: "quote" },
  { name: "a key without a colon", text: job("timeout 1h"), at: ["4:1 "] },
  { name: "lists nested too deeply", text: job(`parameters: {a: ${"[".repeat(70)}`), at: ["3:79 "] },
  { name: "a list as a key", text: job("? [a]\n: b"), at: ["3:3 "] },
  { name: "an unknown tag", text: job("jobName: !vault a"), at: ["3:17 "] },
  { name: "a tag that does not fit", text: job("retries: !!int none"), at: ["3:16 "] },
  { name: "an alias without an anchor", text: job("outputs: [*.png]"), at: ["3:11 "], suggests: "quotes" },
  { name: "an alias within its own anchor", text: job("parameters: {a: &a [1, *a]}"), at: ["3:24 "] },
  { name: "a merge of no map", text: job("parameters: {<<: 1}"), at: ["3:14 "] },
  { name: "an alias bomb", text: job(bomb(10, 8)), at: ["8:11 "] },
  { name: "a bomb of merge keys", text: job(mergeBomb(12)), at: ["14:13 "] },
  { name: "the key __proto__", text: job("parameters: {__proto__: 1}"), at: ["3:14 "] },
  { name: "JSON with a comma missing", text: '{"noteBook": "a.ipynb"\n "outputFolder": "out"}', at: ["2:2 "] },
];

const keys: readonly BadInput[] = [
  { name: "a key given twice", text: job("timeout: 1h\ntimeout: 2h"), at: ["4:1 timeout"] },
  {
    name: "a nested key given twice",
    text: job("environment: {variables: {A: x, A: y}}"),
    at: ["3:33 environment.variables.A"],
  },
  { name: "noteBook in two spellings", text: job("notebook: b.ipynb"), at: ["3:1 notebook"] },
  { name: "a misspelt key", text: "noteBok: a.ipynb\noutputFolder: out", at: ["1:1 noteBok"], suggests: '"noteBook"' },
  { name: "a key in another case", text: job("JobName: a"), at: ["3:1 JobName"], suggests: '"jobName"' },
  { name: "two letters swapped", text: job("tiemout: 1h"), at: ["3:1 tiemout"], suggests: '"timeout"' },
  { name: "a key like no other", text: job("xyzzy: 1"), at: ["3:1 xyzzy"], suggests: "noteBook" },
  {
    name: "a misspelt nested key",
    text: job("environment: {varaibles: {}}"),
    at: ["3:15 environment.varaibles"],
    suggests: '"variables"',
  },
  {
    name: "a misspelt key in a list",
    text: job("infrastructure: {mounts: [{pth: /a, location: oci://b@n/}]}"),
    at: ["3:27 infrastructure.mounts.0.path", "3:28 infrastructure.mounts.0.pth"],
    suggests: '"path"',
  },
  {
    name: "a misspelt key in one form of two",
    text: job("notebookOptions: {maxOutput: {cells: 1MB}}"),
    at: ["3:31 notebookOptions.maxOutput.cells"],
    suggests: '"cell"',
  },
  {
    name: "a misspelt key of a schedule",
    text: job("schedule: {corn: 0 2 * * *, every: day}"),
    at: ["3:12 schedule.corn"],
    suggests: '"cron"',
  },
];

const values: readonly BadInput[] = [
  { name: "a number for a text", text: job("jobName: 2026"), at: ["3:10 jobName"], suggests: "quotes" },
  { name: "a truth value for a text", text: job("jobName: true"), at: ["3:10 jobName"], suggests: "quotes" },
  { name: "a list for a text", text: "noteBook: [a.ipynb]\noutputFolder: out", at: ["1:11 noteBook"] },
  { name: "an empty text", text: "noteBook: ''\noutputFolder: out", at: ["1:11 noteBook"] },
  { name: "a text for a number", text: job("infrastructure: {ocpus: many}"), at: ["3:25 infrastructure.ocpus"] },
  {
    name: "a leading zero",
    text: job("infrastructure: {ocpus: 08}"),
    at: ["3:25 infrastructure.ocpus"],
    suggests: "leading zero",
  },
  {
    name: "YAML 1.1's yes",
    text: job("notebookOptions: {allowErrors: yes}"),
    at: ["3:32 notebookOptions.allowErrors"],
  },
  { name: "a map for a list", text: job("outputs: {a: b}"), at: ["3:10 outputs"] },
  { name: "a text for a list", text: job("outputs: a"), at: ["3:10 outputs"] },
  { name: "a list for a map", text: job("parameters: [a]"), at: ["3:13 parameters"] },
  { name: "a text for a map", text: job("environment: a"), at: ["3:14 environment"] },
  {
    name: "a number out of range",
    text: job("infrastructure: {blockStorageInGBs: 20}"),
    at: ["3:37 infrastructure.blockStorageInGBs"],
  },
  {
    name: "a fraction for a whole number",
    text: job("sweep: {parameters: {a: [1]}, maxParallel: 1.5}"),
    at: ["3:44 sweep.maxParallel"],
  },
  {
    name: "an integer past 2^53",
    text: job("infrastructure: {ocpus: 99999999999999999999}"),
    at: ["3:25 infrastructure.ocpus"],
  },
  { name: "not a number", text: job("infrastructure: {ocpus: .nan}"), at: ["3:25 infrastructure.ocpus"] },
  { name: "a duration with an unknown unit", text: job("timeout: 3 weeks"), at: ["3:10 timeout"] },
  { name: "a duration of zero", text: job("timeout: 0"), at: ["3:10 timeout"] },
  { name: "a duration below zero", text: job("timeout: -5"), at: ["3:10 timeout"] },
  { name: "a duration of ages", text: job("timeout: 4000d"), at: ["3:10 timeout"] },
  {
    name: "a size with an unknown unit",
    text: job("notebookOptions: {maxOutput: 5 parsecs}"),
    at: ["3:30 notebookOptions.maxOutput"],
  },
  { name: "an OCID of another type", text: job("projectId: ocid1.compartment.oc1..aaaa"), at: ["3:12 projectId"] },
  { name: "a placeholder for an OCID", text: job("compartmentId: <compartment_ocid>"), at: ["3:16 compartmentId"] },
  { name: "a checksum of the wrong length", text: job("sha256: abc123"), at: ["3:9 sha256"] },
  {
    name: "a word that is none of the choices",
    text: job("schedule: {every: fortnight}"),
    at: ["3:19 schedule.every"],
  },
  { name: "cron with six fields", text: job("schedule: {cron: 0 0 2 * * *}"), at: ["3:18 schedule.cron"] },
  {
    name: "a time zone that is none",
    text: job("schedule: {every: day, timezone: Mars/Olympus}"),
    at: ["3:34 schedule.timezone"],
  },
  {
    name: "a day that is none",
    text: job("schedule: {every: day, start: 2026-02-31T00:00:00Z}"),
    at: ["3:31 schedule.start"],
  },
  {
    name: "a missing nested key",
    text: job("infrastructure: {nodes: {name: a}}"),
    at: ["3:25 infrastructure.nodes.replicas"],
  },
  {
    name: "six mounts",
    text: job(`infrastructure: {mounts: [${"{location: oci://b@n/, path: /a},".repeat(6)}]}`),
    at: ["3:26 infrastructure.mounts"],
  },
  {
    name: "a list in a list of texts",
    text: "artifact: a.py\noutputFolder: out\narguments: [a, [b]]",
    at: ["3:16 arguments.1"],
  },
  {
    name: "a map for a variable",
    text: job("environment: {variables: {A: {b: c}}}"),
    at: ["3:30 environment.variables.A"],
  },
  {
    name: "nothing for a variable",
    text: job("environment:\n  variables:\n    A:"),
    at: ["5:5 environment.variables.A"],
  },
  {
    name: "a parameter with a leading zero",
    text: job("parameters: {zip: 01234, list: [007]}"),
    at: ["3:19 parameters.zip", "3:33 parameters.list.0"],
    suggests: "quotes",
  },
];

const meaning: readonly BadInput[] = [
  { name: "no outputFolder", text: "noteBook: a.ipynb", at: ["1:1 outputFolder"] },
  { name: "an outputFolder left blank", text: "noteBook: a.ipynb\noutputFolder:", at: ["2:1 outputFolder"] },
  { name: "both noteBook and artifact", text: job("artifact: a.py"), at: ["3:11 artifact"] },
  {
    name: "both artifact and git",
    text: "artifact: a.py\noutputFolder: out\ngit: {url: https://example.com/a.git}",
    at: ["3:6 git"],
  },
  {
    name: "a repository pinned by a file's sha256",
    text: `git: {url: https://example.com/a.git}\noutputFolder: out\nsha256: ${"0".repeat(64)}`,
    at: ["3:9 sha256"],
  },
  {
    name: "revisions that are options of git",
    text: "git: {url: https://example.com/a.git, branch: --upload-pack=x, commit: -h}\noutputFolder: out",
    at: ["1:47 git.branch", "1:72 git.commit"],
  },
  { name: "arguments for a notebook", text: job("arguments: [a]"), at: ["3:12 arguments"] },
  {
    name: "parameters for a script",
    text: "artifact: a.py\noutputFolder: out\nparameters: {a: 1}",
    at: ["3:13 parameters"],
  },
  {
    name: "notebookOptions for a script",
    text: "artifact: a.py\noutputFolder: out\nnotebookOptions: {kernel: r}",
    at: ["3:18 notebookOptions"],
  },
  {
    name: "arguments with a quote not closed",
    text: "artifact: a.py\noutputFolder: out\narguments: --name 'a",
    at: ["3:12 arguments"],
  },
  {
    name: "an unknown variable in a location",
    text: "noteBook: a.ipynb\noutputFolder: oci://b@n/${NO_RUN}",
    at: ["2:15 outputFolder"],
    suggests: "$${NO_RUN}",
  },
  {
    name: "an unknown variable in a variable",
    text: job("environment: {variables: {A: '${NO_RUN}'}}"),
    at: ["3:30 environment.variables.A"],
  },
  {
    name: "a malformed variable",
    text: "noteBook: a.ipynb\noutputFolder: 'out/${NO-RUN:-x}'",
    at: ["2:15 outputFolder"],
    suggests: "$$",
  },
  {
    name: "a bucket without a namespace",
    text: "noteBook: oci://bucket/a.ipynb\noutputFolder: out",
    at: ["1:11 noteBook"],
  },
  { name: "a scheme that is unknown", text: "noteBook: s3://bucket/a.ipynb\noutputFolder: out", at: ["1:11 noteBook"] },
  { name: "an input outside the working directory", text: job("inputs: {../a: b}"), at: ['3:16 inputs."../a"'] },
  {
    name: "an input with the work's own name",
    text: "noteBook: work/a.ipynb\noutputFolder: out\ninputs: {a.ipynb: b.ipynb}\n",
    at: ['3:19 inputs."a.ipynb"'],
  },
  { name: "an input given twice", text: job("inputs: {a: b, a/: c/}"), at: ["3:20 inputs.a/"] },
  {
    name: "an output outside the working directory",
    text: job("outputs: [ok, /etc/passwd, ../up]"),
    at: ["3:15 outputs.1", "3:28 outputs.2"],
  },
  {
    name: "custom networking without a subnet",
    text: job("infrastructure: {networking: custom}"),
    at: ["3:30 infrastructure.networking"],
  },
  {
    name: "a subnet with managed networking",
    text: job("infrastructure: {networking: managed, subnetId: ocid1.subnet.oc1.iad.a}"),
    at: ["3:49 infrastructure.subnetId"],
  },
  {
    name: "OCPUs of a fixed shape",
    text: job("infrastructure: {shape: VM.Standard2.1, ocpus: 2}"),
    at: ["3:48 infrastructure.ocpus"],
  },
  {
    name: "a maximum runtime past 30 days",
    text: job("infrastructure: {maximumRuntime: 31d}"),
    at: ["3:34 infrastructure.maximumRuntime"],
  },
  {
    name: "a mount of a URL",
    text: job("infrastructure: {mounts: [{location: https://a/, path: /a}]}"),
    at: ["3:38 infrastructure.mounts.0.location"],
  },
  {
    name: "half a file system",
    text: job("infrastructure: {mounts: [{exportId: ocid1.export.oc1.iad.a, path: /a}]}"),
    at: ["3:27 infrastructure.mounts.0"],
  },
  { name: "a grid and a list at once", text: job("sweep: {parameters: {a: [1]}, list: [{a: 1}]}"), at: ["3:8 sweep"] },
  {
    name: "a grid of too many runs",
    text: job(`sweep: {parameters: {a: [${"1, ".repeat(40)}1], b: [${"1, ".repeat(40)}1]}}`),
    at: ["3:21 sweep.parameters"],
    suggests: "random",
  },
  {
    name: "no whole number in a range",
    text: job("sweep: {random: {count: 2, parameters: {a: {min: 0.1, max: 0.9, integer: true}}}}"),
    at: ["3:44 sweep.random.parameters.a"],
  },
  { name: "a sweep of nothing", text: job("sweep: {maxParallel: 2}"), at: ["3:8 sweep"] },
  {
    name: "a log scale from zero",
    text: job("sweep: {random: {count: 2, parameters: {a: {min: 0, max: 1, scale: log}}}}"),
    at: ["3:50 sweep.random.parameters.a.min"],
  },
  { name: "an hour that no clock shows", text: job("schedule: {cron: 0 25 * * *}"), at: ["3:20 schedule.cron"] },
  {
    name: "cron in quotes, wrong twice",
    text: job('schedule: {cron: "0 2 32 * 9"}'),
    at: ["3:23 schedule.cron", "3:28 schedule.cron"],
  },
  { name: "a day that never comes", text: job("schedule: {cron: 0 2 30 FEB *}"), at: ["3:22 schedule.cron"] },
  {
    name: "runs too close for Data Integration",
    text: job('schedule: {cron: "*/15 * * * *"}'),
    at: ["3:18 schedule.cron"],
    suggests: "*/30",
  },
  { name: "cron and every at once", text: job("schedule: {cron: 0 2 * * *, every: day}"), at: ["3:11 schedule"] },
  {
    name: "a schedule that ends before it starts",
    text: job("schedule: {every: day, start: 2027-01-01, end: 2026-01-01}"),
    at: ["3:48 schedule.end"],
  },
  {
    name: "an ADS runtime that cannot be run",
    text: "kind: job\nspec:\n  runtime: {kind: runtime, type: dataFlow, spec: {}}",
    at: ["3:34 spec.runtime.type"],
  },
];

export const badInputs: readonly BadInput[] = [...whole, ...syntax, ...keys, ...values, ...meaning];

/** Lists of aliases of lists of aliases: `width ** depth` values in a few lines. */
function bomb(width: number, depth: number): string {
  const lines = [`    a0: &a0 [${"x,".repeat(width)}]`];
  for (let level = 1; level < depth; level++) {
    lines.push(`    a${level}: &a${level} [${`*a${level - 1},`.repeat(width)}]`);
  }
  return `parameters:\n${lines.join("\n").replaceAll("    ", "  ")}`;
}

function mergeBomb(depth: number): string {
  const lines = ["  m0: &m0 {a: 1, b: 2}"];
  for (let level = 1; level < depth + 8; level++) {
    lines.push(`  m${level}: &m${level} {a: *m${level - 1}, b: *m${level - 1}, <<: *m${level - 1}}`);
  }
  return `parameters:\n${lines.join("\n")}`;
}
