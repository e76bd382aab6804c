import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { RunRecord } from "../../src/run/record.ts";
import { folder, json, nbjob, notebook, plainEnvironment, run, start } from "../support/program.ts";

test("a Python script gets its arguments and variables, and its files are published", async (t) => {
  const dir = await folder(t, {
    "job.yaml": [
      "artifact: train.py",
      "outputFolder: out",
      "arguments: [--epochs, '3', 'two words']",
      "environment: {variables: {GREETING: 'hello ${WHO}'}}",
    ].join("\n"),
    "train.py":
      "import os, sys\nprint(sys.argv[1:], os.environ['GREETING'], os.listdir('.'))\nprint('to stderr', file=sys.stderr)\nopen('model.bin', 'wb').write(b'm')\n",
  });
  const { code, stdout, stderr } = await run([join(dir, "job.yaml")], { env: { WHO: "world" } });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "['--epochs', '3', 'two words'] hello world ['train.py']\n");
  assert.match(stderr, /^to stderr$/m);
  assert.deepEqual((await readdir(join(dir, "out"))).toSorted(), ["model.bin", "run.json"]);
});

test("a script's own exit code passes through, with its last words in run.json", async (t) => {
  const dir = await folder(t, { "fail.sh": "#!/bin/sh\necho working\necho 'disk on fire' >&2\nexit 42\n" });
  const { code } = await run(["fail.sh", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 42);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual(
    [record.status, record.reason, record.exitCode, record.complete],
    ["failed", "work-failed", 42, true],
  );
  assert.match(record.failure?.message ?? "", /disk on fire/);
});

test("a script killed by a signal ends with 128 and the signal", async (t) => {
  const dir = await folder(t, { "die.sh": "kill -SEGV $$\n" });
  const { code } = await run(["die.sh", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 139);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual([record.reason, record.failure?.signal], ["work-signaled", "SIGSEGV"]);
});

for (const [signal, expected] of [
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGHUP", 129],
] as const) {
  test(`${signal} lets the script finish within its grace, publishes what exists, and exits ${expected}`, async (t) => {
    const dir = await folder(t, {
      "save.py": [
        "import signal, sys, time",
        "def save(*_):",
        "    time.sleep(1)",
        "    open('checkpoint', 'w').write('saved')",
        "    sys.exit(0)",
        "for name in ('SIGTERM', 'SIGINT', 'SIGHUP'): signal.signal(getattr(signal, name), save)",
        "print('ready', flush=True)",
        "time.sleep(600)",
      ].join("\n"),
    });
    const { printed, child, ended } = start(["save.py", "--output-folder", "out"], { cwd: dir });
    await printed("ready");
    child.kill(signal);
    assert.equal((await ended).code, expected);
    assert.equal(await readFile(join(dir, "out/checkpoint"), "utf8"), "saved");
    const record = await json<RunRecord>(join(dir, "out/run.json"));
    assert.deepEqual(
      [record.status, record.reason, record.exitCode, record.complete],
      ["canceled", "canceled", expected, true],
    );
  });
}

test("a signal while the job file is still on its way ends the run as one that comes later", async (t) => {
  const dir = await folder(t);
  const asked = Promise.withResolvers<undefined>();
  const server = createServer(() => asked.resolve(undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  // The server listens on a port: its address is no pipe.
  const { port } = server.address() as AddressInfo;
  const { child, ended } = start([`http://127.0.0.1:${port}/job.yaml`], { cwd: dir });
  await asked.promise;
  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  assert.equal(code, 143);
  assert.match(stderr, /cancelled by SIGTERM before its work began/);
});

test("work that ignores the signal is killed after its grace period", async (t) => {
  const dir = await folder(t, { "stay.sh": "trap '' TERM INT\necho ready\nwhile :; do sleep 1; done\n" });
  const { printed, child, ended } = start(["stay.sh", "--output-folder", "out", "--set", "gracePeriod=1s"], {
    cwd: dir,
  });
  await printed("ready");
  child.kill("SIGTERM");
  assert.equal((await ended).code, 143);
  assert.equal((await json<RunRecord>(join(dir, "out/run.json"))).status, "canceled");
});

test("a second signal no longer waits", async (t) => {
  const dir = await folder(t, { "stay.sh": "trap '' TERM INT\necho ready\nwhile :; do sleep 1; done\n" });
  const { printed, child, ended } = start(["stay.sh", "--output-folder", "out", "--set", "gracePeriod=1h"], {
    cwd: dir,
  });
  await printed("ready");
  child.kill("SIGTERM");
  await printed("SIGTERM: stopping");
  child.kill("SIGTERM");
  assert.equal((await ended).code, 143);
});

test("a signal after the run has ended does not change its exit code, however slow its log is read", async (t) => {
  const dir = await folder(t, {
    // Each link is a warning: more of them than a pipe holds.
    "links.py": "import os\nfor i in range(1500): os.symlink('nowhere', 'x' * 200 + str(i))\n",
  });
  const temporary = await folder(t);
  const child = spawn(nbjob, ["links.py", "--output-folder", "out"], {
    cwd: dir,
    env: plainEnvironment({ TMPDIR: temporary }),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<unknown>((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
  const record = join(dir, "out/run.json");
  while (!existsSync(record) || !(await json<RunRecord>(record)).complete) await wait(20);
  while ((await readdir(temporary)).length > 0) await wait(20); // the run's last act
  child.kill("SIGTERM");
  await wait(100); // for a signal that nobody listens for to end it
  let last = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (last = (last + text).slice(-1000)));
  assert.equal(await ended, 0);
  assert.match(last, /exit code 0\n/);
});

test("a background process that holds the pipe neither hangs the run nor loses its last words", async (t) => {
  const dir = await folder(t, { "bg.sh": "(sleep 1; echo late) &\necho early\n" });
  const { code, stdout } = await run(["bg.sh", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 0);
  assert.equal(stdout, "early\nlate\n");
});

test("a script whose outputs cannot all be published ends with 74, names what is missing, and keeps it", async (t) => {
  const dir = await folder(t, {
    "make.sh": "echo good > good.txt\nmkdir blocked; echo lost > blocked/file\n",
    "out/blocked": "a file where a folder must go",
  });
  const { code, stderr } = await run(["make.sh", "--output-folder", "out"], { cwd: dir });
  assert.equal(code, 74);
  assert.match(stderr, /blocked\/file/);
  assert.equal(await readFile(join(dir, "out/good.txt"), "utf8"), "good\n");
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual([record.status, record.reason, record.complete], ["failed", "publish-incomplete", false]);
  const kept = /files are still in (\S+)/.exec(stderr)?.[1] ?? "";
  assert.equal(await readFile(join(kept, "work/blocked/file"), "utf8"), "lost\n");
});

test("texts under mask: and values of variables named like secrets are masked in the log, the record and the notebook", async (t) => {
  const dir = await folder(t, {
    "job.yaml":
      "noteBook: n.ipynb\noutputFolder: out\nmask: [correct horse battery]\nenvironment: {variables: {DB_PASSWORD: hunter2-hunter2}}\n",
    "n.ipynb": notebook([
      "import os, base64\nsecret = os.environ['DB_PASSWORD']\nprint('plain', secret)\nprint('split', end=' '); [print(c, end='', flush=True) for c in secret]\nprint()\nprint('base64', base64.b64encode(secret.encode()).decode())\nprint('listed', 'correct ' + 'horse battery')",
      "raise ValueError('it was ' + secret)",
    ]),
  });
  const { code, stdout, stderr } = await run([join(dir, "job.yaml")]);
  assert.equal(code, 1);
  const saved = await readFile(join(dir, "out/n.ipynb"), "utf8");
  const kept = await readFile(join(dir, "out/run.json"), "utf8");
  for (const [where, text] of Object.entries({ stdout, stderr, saved, kept })) {
    for (const secret of ["hunter2", "aHVudGVy", "correct horse"])
      assert.ok(!text.includes(secret), `${secret} in ${where}:\n${text}`);
  }
  assert.match(stdout, /plain \*\*\*\nsplit \*\*\*\nbase64 \*\*\*\nlisted \*\*\*/);
});

test(
  "what cannot be read is not passed over: 74, named, and kept",
  { skip: process.platform !== "linux" },
  async (t) => {
    const dir = await folder(t, {
      "make.py":
        "import os\nopen(b'caf\\xe9.csv', 'w').write('1')\nopen('good.txt', 'w').write('good')\nos.mkfifo('pipe')\nos.symlink('nowhere', 'link')\n",
    });
    const { code, stderr } = await run(["make.py", "--output-folder", "out"], { cwd: dir });
    assert.equal(code, 74, stderr);
    assert.match(stderr, /Not published: caf.\.csv: its name is not UTF-8/);
    assert.match(stderr, /pipe is not published: it is not a regular file/);
    assert.match(stderr, /link is not published: it is a link that leads nowhere/);
    const record = await json<RunRecord>(join(dir, "out/run.json"));
    assert.equal(record.complete, false);
    assert.deepEqual(
      record.outputs.map(({ path, status }) => `${path} ${status}`),
      ["good.txt published", "caf\ufffd.csv failed"],
    );
    const kept = /files are still in (\S+)/.exec(stderr)?.[1] ?? "";
    t.after(() => rm(kept, { recursive: true, force: true }));
    assert.equal((await readdir(join(kept, "work"))).length, 5);
  },
);

test("a script whose output is lost with the log's disk, or to whoever holds it open, has a record that says so", async (t) => {
  const dir = await folder(t, {
    "full.sh": "echo one",
    "held.sh": "setsid env -i /bin/sh -c 'sleep 6' & echo one",
  });
  const runTo = (script: string, target: string): Promise<string> =>
    new Promise((resolve) => {
      const line = `"$0" ${script} --output-folder out-${script} > ${target}`;
      const child = spawn("/bin/sh", ["-c", line, nbjob], { cwd: dir, env: plainEnvironment() });
      let told = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (told += text));
      child.once("close", () => resolve(told));
    });
  const told = await Promise.all([runTo("full.sh", "/dev/full"), runTo("held.sh", "log")]);
  assert.match(told[0] ?? "", /warning: The log can be written no more \(ENOSPC\)/);
  for (const script of ["full.sh", "held.sh"]) {
    const { status, outputsMayBeIncomplete } = await json<RunRecord>(join(dir, `out-${script}/run.json`));
    assert.deepEqual([status, outputsMayBeIncomplete], ["succeeded", true], told.join("\n"));
  }
});

test("a log as JSON keeps every character of a line, a byte order mark at its beginning too", async (t) => {
  const dir = await folder(t, { "mark.sh": String.raw`printf '\357\273\277mark\n'` });
  const { stdout } = await run(["mark.sh", "--output-folder", "out", "--log-format", "json"], { cwd: dir });
  assert.ok(stdout.includes('"line":"\ufeffmark"'), stdout);
});
