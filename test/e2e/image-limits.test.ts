/** A container's limits: what becomes of a run, and of every process that it started, under signals, without memory, on mounts. */
import assert from "node:assert/strict";
import { chmod, mkdir } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import { docker, runContainer, stockImage } from "../support/docker.ts";
import { folder, json, notebook } from "../support/program.ts";

const family =
  "(trap '' TERM INT HUP QUIT; sleep 600) &\nsetsid sleep 600 >/dev/null 2>&1 &\ntouch started\nsleep 600\n";
const python = `import subprocess\nsubprocess.Popen(["sh", "-c", ${JSON.stringify(family)}]).wait()`;
const signals = ["TERM", "INT", "HUP", "QUIT", "USR1", "KILL"] as const;

/** Starts a run for each signal and kind of work, sends the signal, and tells its code; then lists who is there. */
const inside = `cd /tmp
try() {
  mkdir -p $1.$2
  nbjob run /jobs/$1 --cwd $1.$2 --output-folder out.$1.$2 --set gracePeriod=1s >/dev/null 2>&1 &
  nbjob=$!
  while [ ! -e $1.$2/started ]; do sleep 0.1; done
  kill -$2 $nbjob
  wait $nbjob
  echo "$1 $2 $?"
}
for kind in w.sh n.ipynb; do
  for name in ${signals.join(" ")}; do try $kind $name & done
  wait
done 2>/dev/null
for round in $(seq 50); do
  left=$(grep -la NBJOB_GROUP= /proc/[0-9]*/environ 2>/dev/null)
  [ -z "$left" ] || { sleep 0.1; continue; }
  break
done
for found in $left; do tr '\\0' ' ' <\${found%environ}cmdline; echo; done
grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null
echo end
`;

test("in a container, under every signal, no process and no zombie is left", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const dir = await folder(t, { "w.sh": family, "n.ipynb": notebook([python]), "all.sh": inside });
  const { stdout, stderr } = await runContainer(["-v", `${dir}:/jobs:ro`, image, "bash", "/jobs/all.sh"]);
  const codes = ["w.sh", "n.ipynb"].flatMap((kind) =>
    signals.map((name) => `${kind} ${name} ${128 + constants.signals[`SIG${name}`]}`),
  );
  assert.deepEqual(stdout.trim().split("\n").toSorted(), [...codes, "end"].toSorted(), stderr);
});

const hungry = "x = bytearray(600 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1\n";
/** Each of them is smaller than nbjob. */
const many = `import subprocess, sys
code = "x = bytearray(30 << 20)\\nfor i in range(0, len(x), 4096): x[i] = 1\\nimport time; time.sleep(3)"
codes = [p.wait() for p in [subprocess.Popen([sys.executable, "-c", code]) for _ in range(12)]]
raise SystemExit(9 if -9 in codes else 0)
`;

test("in a container with too little memory, the work is ended and not nbjob, and the control group's figures are told", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const dir = await folder(t, { "n.ipynb": notebook([hungry]), "many.py": many });
  await Promise.all(
    [
      { work: "n.ipynb", code: 137 },
      { work: "many.py", code: 9 },
    ].map(async ({ work, code }) => {
      const mounted = ["-m", "256m", "--memory-swap", "256m", "-v", `${dir}:/jobs`];
      const ended = await runContainer([...mounted, image, `/jobs/${work}`, "--output-folder", `/jobs/out.${work}`]);
      if (/No swap limit support|memory limit capabilities/.test(ended.stderr))
        return t.skip("memory is not limited here");
      assert.equal(ended.code, code, ended.stderr);
      const { failure, complete } = await json<RunRecord>(join(dir, `out.${work}`, "run.json"));
      assert.equal(complete, true);
      assert.equal(failure?.oom?.killed, true, ended.stderr);
      assert.equal(failure.oom.limitBytes, 256 * 2 ** 20);
      assert.match(failure.message, /256 MiB/);
    }),
  );
});

test("inputs from a mount that cannot be written; outputs to one, to a full one and to one that cannot", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const dir = await folder(t, {
    "in/a.txt": "data\n",
    "jobs/j.yaml": "artifact: w.sh\ninputs: {in/: /mnt/in/, one.txt: /mnt/in/a.txt}\noutputFolder: /mnt/out/run/\n",
    "jobs/w.sh": "cat in/a.txt one.txt\nhead -c 3000000 /dev/zero > big\necho small > small\n",
  });
  await mkdir(join(dir, "out"));
  await chmod(join(dir, "out"), 0o777);
  const mounts = ["-v", `${dir}/jobs:/jobs:ro`, "-v", `${dir}/in:/mnt/in:ro`];
  const out = `${dir}/out:/mnt/out`;
  const run = (...more: string[]) => runContainer([...mounts, ...more, image, "run", "/jobs/j.yaml"]);
  const [good, unwritable, full, foreign] = await Promise.all([
    run("-v", out, "--user", "1000"),
    run("-v", `${out}:ro`),
    run("--mount", "type=tmpfs,dst=/mnt/out,tmpfs-size=1m"),
    run("--user", "1000", "--mount", "type=tmpfs,dst=/mnt/out,tmpfs-mode=0755"),
  ]);
  assert.deepEqual([good.code, good.stdout], [0, "data\ndata\n"], good.stderr);
  const { outputs } = await json<RunRecord>(join(dir, "out/run/run.json"));
  assert.deepEqual(outputs.map(({ path, status }) => `${path} ${status}`).toSorted(), [
    "big published",
    "small published",
  ]);
  assert.deepEqual([unwritable.code, unwritable.stdout], [73, ""]);
  assert.match(unwritable.stderr, /read-only file system/);
  assert.equal(full.code, 74, full.stderr);
  assert.match(full.stderr, /big cannot be written: the disk is full[^]*1 output is in[^]*small/);
  assert.equal(foreign.code, 73, foreign.stderr);
  assert.match(foreign.stderr, /may not be written by this user/);
});
