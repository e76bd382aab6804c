import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import {
  findMemoryGroup,
  parseBytes,
  parseCgroup,
  parseField,
  parseMounts,
  watchMemory,
} from "../../src/process/oom.ts";

/** A root folder with these files in it. */
function tree(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "nbjob-test-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) write(root, name, text);
  return root;
}

function write(root: string, name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

const unified =
  "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

test("v2 in a container: its own count, its peak, the lowest limit above it", (t) => {
  const root = tree(t, {
    "proc/7/cgroup": "0::/pod/work\n",
    "proc/7/mountinfo": unified,
    "sys/fs/cgroup/pod/work/memory.events": "low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n",
    "sys/fs/cgroup/pod/work/memory.peak": "104857600\n",
    "sys/fs/cgroup/pod/work/memory.max": "max\n",
    "sys/fs/cgroup/pod/memory.events": "oom_kill 1\n",
    "sys/fs/cgroup/pod/memory.max": "134217728\n",
  });
  const watch = watchMemory(7, root);
  assert.deepEqual(watch.evidence(), { killed: false, peakBytes: 104857600, limitBytes: 134217728 });
  write(root, "sys/fs/cgroup/pod/work/memory.events", "oom 2\noom_kill 2\n");
  assert.deepEqual(watch.evidence(), { killed: true, peakBytes: 104857600, limitBytes: 134217728 });
});

test("v2 with a namespace of its own, on a kernel without memory.peak", (t) => {
  const root = tree(t, {
    "proc/self/cgroup": "0::/\n",
    "proc/self/mountinfo": unified.replace(" / ", " /../../kubepods/pod1 "),
    "sys/fs/cgroup/memory.events": "oom_kill 0\n",
    "sys/fs/cgroup/memory.max": "536870912\n",
  });
  assert.deepEqual(watchMemory("self", root).evidence(), { killed: false, limitBytes: 536870912 });
});

test("v1, the path the host's and the mount the container's", (t) => {
  const memory = "/sys/fs/cgroup/memory";
  const root = tree(t, {
    "proc/7/cgroup": "11:pids:/docker/abc\n9:memory:/docker/abc\n1:name=systemd:/docker/abc\n0::/docker/abc\n",
    "proc/7/mountinfo": `${unified.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified")}35 30 0:31 /docker/abc ${memory} ro,nosuid - cgroup cgroup rw,memory\n`,
    [`${memory}/memory.oom_control`]: "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
    [`${memory}/memory.max_usage_in_bytes`]: "1000\n",
    [`${memory}/memory.limit_in_bytes`]: "2000\n",
  });
  assert.deepEqual(findMemoryGroup(7, root), { version: 1, folders: [join(root, memory)] });
  const watch = watchMemory(7, root);
  write(root, `${memory}/memory.oom_control`, "oom_kill 4\n");
  assert.deepEqual(watch.evidence(), { killed: true, peakBytes: 1000, limitBytes: 2000 });
});

test("where nothing can be read there is no evidence", (t) => {
  assert.equal(watchMemory("self", tree(t, {})).evidence(), undefined);
  const bare = tree(t, {
    "proc/self/cgroup": "0::/\n",
    "proc/self/mountinfo": unified,
    "sys/fs/cgroup/cgroup.procs": "",
  });
  assert.equal(watchMemory("self", bare).evidence(), undefined);
  const vanishing = tree(t, {
    "proc/7/cgroup": "0::/a\n",
    "proc/7/mountinfo": unified,
    "sys/fs/cgroup/a/memory.events": "oom_kill 0\n",
  });
  const watch = watchMemory(7, vanishing);
  rmSync(join(vanishing, "sys"), { recursive: true });
  assert.equal(watch.evidence(), undefined);
});

test("reads the kernel's formats", () => {
  assert.deepEqual(parseCgroup("4:cpu,memory:/a:b\n0::/c\n"), { 1: "/a:b", 2: "/c" });
  assert.deepEqual(parseMounts(`1 2 0:3 / /a\\040b rw shared:1 master:2 - cgroup2 none rw\n`), {
    2: { root: "/", point: "/a b" },
  });
  assert.equal(parseField("oom 5\noom_kill 2", "oom_kill"), 2);
  assert.equal(parseField("oom 5", "oom_kill"), undefined);
  assert.equal(parseBytes("9223372036854771712\n"), undefined);
  assert.equal(parseBytes("4096\n"), 4096);
});

test("the kernel's own kill is seen, with its figures", (t) => {
  const limit = 300 << 20;
  const place = limitedGroup(t, limit);
  if (place === undefined) {
    t.skip("memory control groups cannot be made here");
    return;
  }
  const programs = join(import.meta.dirname, "../fixtures/programs");
  const run = spawnSync(
    "sh",
    [
      "-c",
      'echo $$ > "$1/cgroup.procs" && shift && exec "$@"',
      "sh",
      place,
      process.execPath,
      join(programs, "runs-artifact.ts"),
      join(programs, "allocates.py"),
      "600",
    ],
    { encoding: "utf8" },
  );
  assert.equal(run.stderr, "");
  const result = JSON.parse(run.stdout) as {
    oom: { killed: boolean; peakBytes: number; limitBytes: number };
    message: string;
  };
  assert.deepEqual(
    { ...result, oom: { killed: result.oom.killed, limitBytes: result.oom.limitBytes }, message: "" },
    {
      exitCode: 137,
      signal: "SIGKILL",
      oom: { killed: true, limitBytes: limit },
      message: "",
      logTail: "",
      stragglers: 0,
      cutOff: false,
    },
  );
  assert.ok(result.oom.peakBytes > limit / 2 && result.oom.peakBytes <= limit);
  assert.match(result.message, /out of memory/);
});

/** A process that was killed leaves its group a moment after its parent has heard of its end. */
async function removeGroup(place: string): Promise<void> {
  for (;;) {
    try {
      rmdirSync(place);
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EBUSY")) throw error;
      await wait(20);
    }
  }
}

/** A control group below our own with a limit on memory; undefined where we may make none. */
function limitedGroup(t: TestContext, bytes: number): string | undefined {
  const own = findMemoryGroup("self");
  if (own === undefined) return undefined;
  const place = join(own.folders[0], `nbjob-test-${process.pid}`);
  try {
    mkdirSync(place);
    t.after(() => removeGroup(place));
    writeFileSync(join(place, own.version === 1 ? "memory.limit_in_bytes" : "memory.max"), String(bytes));
    return place;
  } catch {
    return undefined;
  }
}
