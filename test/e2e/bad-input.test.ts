/** Every kind of bad input that a user can hand to the built program: its exit code, and a sentence that says where and what. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { folder, json, notebook, run } from "../support/program.ts";

const good = notebook(["print('ran')"]);

interface Bad {
  readonly name: string;
  readonly job: string | Uint8Array;
  readonly code: number;
  /** What stderr says; all of them. */
  readonly says: readonly RegExp[];
}

const jobs: readonly Bad[] = [
  { name: "an empty file", job: "", code: 78, says: [/job\.yaml/, /empty/i] },
  { name: "only comments", job: "# nothing\n", code: 78, says: [/empty/i] },
  { name: "a list", job: "- noteBook: n.ipynb\n", code: 78, says: [/job\.yaml:1:1/, /list/i] },
  {
    name: "a tab as indentation",
    job: "noteBook: n.ipynb\nenvironment:\n\tvariables: {}\n",
    code: 78,
    says: [/job\.yaml:3/, /tab/i],
  },
  {
    name: "a key twice",
    job: "noteBook: n.ipynb\noutputFolder: a\noutputFolder: b\n",
    code: 78,
    says: [/job\.yaml:3:1/, /outputFolder/],
  },
  {
    name: "a misspelt key",
    job: "noteBok: n.ipynb\noutputFolder: out\n",
    code: 78,
    says: [/job\.yaml:1:1/, /noteBook/],
  },
  {
    name: "several problems at once",
    job: "noteBook: n.ipynb\noutputfolders: out\ntimeout: soon\nenvironment: {variabels: {}}\nnotebookOptions: {allowErrors: maybe}\n",
    code: 78,
    says: [/job\.yaml:2:1/, /job\.yaml:3:10/, /job\.yaml:4:\d+/, /job\.yaml:5:\d+/, /"?outputFolder"?/, /variables/],
  },
  {
    name: "a wrong type",
    job: "noteBook: [a, b]\noutputFolder: out\n",
    code: 78,
    says: [/job\.yaml:1:11/, /noteBook/],
  },
  { name: "no output folder", job: "noteBook: n.ipynb\n", code: 78, says: [/outputFolder/] },
  {
    name: "a notebook and an artifact",
    job: "noteBook: n.ipynb\nartifact: a.py\noutputFolder: out\n",
    code: 78,
    says: [/artifact/],
  },
  {
    name: "bytes that are not UTF-8",
    job: Buffer.from("noteBook: caf\xe9.ipynb\noutputFolder: out\n", "latin1"),
    code: 78,
    says: [/UTF-8/, /:1:14|line 1/],
  },
  { name: "an unclosed quote", job: 'noteBook: "n.ipynb\noutputFolder: out\n', code: 78, says: [/job\.yaml:\d+/] },
  {
    name: "two documents",
    job: "noteBook: n.ipynb\noutputFolder: out\n---\nnoteBook: m.ipynb\n",
    code: 78,
    says: [/document/i],
  },
  {
    name: "an alias bomb",
    job: `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefghi"
      .split("")
      .map((letter, at) => `${letter}: &${letter} [${Array(9).fill(`*${"abcdefgh"[at]}`).join(",")}]`)
      .join("\n")}\nnoteBook: n.ipynb\noutputFolder: out\n`,
    code: 78,
    says: [/alias/i],
  },
  {
    name: "an unknown name in a location",
    job: "noteBook: n.ipynb\noutputFolder: out/${NO_SUCH_NAME}\n",
    code: 78,
    says: [/job\.yaml:2:15/, /NO_SUCH_NAME/],
  },
  {
    name: "a checksum that is none",
    job: "noteBook: n.ipynb\noutputFolder: out\nsha256: abc\n",
    code: 78,
    says: [/job\.yaml:3:9/, /sha256/],
  },
  {
    name: "retries that are none",
    job: "noteBook: n.ipynb\noutputFolder: out\nretries: {attempts: none}\n",
    code: 78,
    says: [/job\.yaml:3/, /retries/],
  },
  {
    name: "a notebook that is not there",
    job: "noteBook: nowhere.ipynb\noutputFolder: out\n",
    code: 66,
    says: [/nowhere\.ipynb/],
  },
  {
    name: "an input that is not there",
    job: "noteBook: n.ipynb\noutputFolder: out\ninputs: {a.csv: gone.csv}\n",
    code: 66,
    says: [/gone\.csv/],
  },
  {
    name: "a wrong checksum",
    job: `noteBook: n.ipynb\noutputFolder: out\nsha256: ${"0".repeat(64)}\n`,
    code: 65,
    says: [/sha256/],
  },
  {
    name: "a notebook that is no JSON",
    job: "noteBook: bad.ipynb\noutputFolder: out\n",
    code: 65,
    says: [/bad\.ipynb/],
  },
  {
    name: "a kernel that is not installed",
    job: "noteBook: n.ipynb\noutputFolder: out\nnotebookOptions: {kernel: cobol}\n",
    code: 78,
    says: [/cobol/, /python3/],
  },
  {
    name: "an output folder that is a file",
    job: "noteBook: n.ipynb\noutputFolder: n.ipynb\n",
    code: 73,
    says: [/n\.ipynb/],
  },
  {
    name: "a host that does not exist",
    job: "noteBook: https://no-such-host.invalid/n.ipynb\noutputFolder: out\n",
    code: 69,
    says: [/no-such-host\.invalid/],
  },
  {
    name: "an oci:// location without its namespace",
    job: "noteBook: oci://bucket/n.ipynb\noutputFolder: out\n",
    code: 78,
    says: [/job\.yaml:1:11/, /namespace/],
  },
];

for (const { name, job, code, says } of jobs) {
  test(`a job file with ${name}: ${code}`, async (t) => {
    const dir = await folder(t, { "job.yaml": job, "n.ipynb": good, "bad.ipynb": "{not json" });
    const ended = await run(["job.yaml"], { cwd: dir });
    assert.equal(ended.code, code, ended.stderr);
    for (const said of says) assert.match(ended.stderr, said);
    assert.doesNotMatch(ended.stderr, /^\s+at .*\(/m, "no stack trace");
    assert.equal(ended.stdout, "");
  });
}

test("a kernel that does not start: 78, its own last words in the sentence and all of them below", async (t) => {
  const says = "echo Traceback: >&2; echo '  in a file' >&2; echo ImportError: no zmq >&2; exit 3";
  const kernel = { argv: ["sh", "-c", says, "{connection_file}"], display_name: "Broken", language: "python" };
  const dir = await folder(t, {
    "n.ipynb": notebook(["print('ran')"], "broken"),
    "jupyter/kernels/broken/kernel.json": JSON.stringify(kernel),
  });
  const env = { JUPYTER_PATH: join(dir, "jupyter") };
  const { code, stderr } = await run(["n.ipynb", "--output-folder", "out"], { cwd: dir, env });
  assert.equal(code, 78, stderr);
  assert.match(stderr, /error: The kernel "broken" exited with code 3 .*ImportError: no zmq\. Check/);
  assert.match(stderr, /error: {3}Traceback:\n.*error: {5}in a file\n.*error: {3}ImportError: no zmq\n/);
  const executed = await json<{ metadata: { papermill: { exception: unknown } } }>(join(dir, "out/n.ipynb"));
  assert.equal(executed.metadata.papermill.exception, true);
});

test("a folder in the job file's place: 66, with a slash and without", async (t) => {
  const dir = await folder(t, { "things/x.yaml": "" });
  for (const named of ["things/", "things"]) {
    const { code, stderr } = await run([named], { cwd: dir });
    assert.equal(code, 66);
    assert.match(stderr, /is a folder, not/);
  }
});

test("a job file of a gigabyte is refused without being read", async (t) => {
  const dir = await folder(t, { "job.yaml": "noteBook: n.ipynb\n" });
  await truncate(join(dir, "job.yaml"), 2 ** 30);
  const { code, stderr } = await run(["job.yaml"], { cwd: dir });
  assert.equal(code, 78);
  assert.match(stderr, /MiB/);
});

test("a notebook of gigabytes is refused without being read", async (t) => {
  const dir = await folder(t, { "n.ipynb": good });
  await truncate(join(dir, "n.ipynb"), 2 ** 32);
  const { code, stderr } = await run(["n.ipynb", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 65, stderr);
  assert.match(stderr, /n\.ipynb is larger than the 512 MiB/);
});

test("a FIFO in the job file's place is refused, and nothing waits for it", async (t) => {
  const dir = await folder(t);
  execFileSync("mkfifo", [join(dir, "job.yaml")]);
  const { code, stderr } = await run(["job.yaml"], { cwd: dir });
  assert.notEqual(code, 0);
  assert.match(stderr, /job\.yaml/);
});

test("an output folder that may not be written: 73, before anything runs", async (t) => {
  const dir = await folder(t, { "n.ipynb": notebook(["open('/tmp/never-made', 'w')"]) });
  await mkdir(join(dir, "blocked"));
  await writeFile(join(dir, "blocked/out"), "");
  const { code, stderr } = await run(["n.ipynb", "--output-folder", "blocked/out/deeper"], { cwd: dir });
  assert.equal(code, 73, stderr);
  assert.match(stderr, /blocked\/out/);
});

test("a web server's answers: 404 is 66, 401 and 403 are 77", async (t) => {
  const server = createServer((request, response) => {
    response.statusCode = Number(/\d+/.exec(request.url ?? "")?.[0] ?? 200);
    response.end("answer");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  // The server listens on a port: its address is no pipe.
  const { port } = server.address() as AddressInfo;
  const dir = await folder(t);
  for (const [status, expected] of [
    [404, 66],
    [403, 77],
    [401, 77],
  ] as const) {
    const { code, stderr } = await run(
      ["run", `http://127.0.0.1:${port}/${status}/n.ipynb`, "--output-folder", "out"],
      { cwd: dir },
    );
    assert.equal(code, expected, stderr);
    assert.match(stderr, new RegExp(`${status}`));
  }
});

test("a temporary folder that is not there: 78, and what to set", async (t) => {
  const dir = await folder(t, { "n.ipynb": good });
  const { code, stderr } = await run(["n.ipynb"], { cwd: dir, env: { TMPDIR: join(dir, "nowhere") } });
  assert.equal(code, 78, stderr);
  assert.match(stderr, /TMPDIR/);
});
