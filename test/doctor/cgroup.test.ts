import assert from "node:assert/strict";
import { test } from "node:test";
import { controlGroups } from "../../src/doctor/cgroup.ts";
import { folder } from "../support/program.ts";

const v2Mount = "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";

test("version 2: limits of memory and processors, and what was killed", async (t) => {
  const root = await folder(t, {
    "proc/self/cgroup": "0::/pod\n",
    "proc/self/mountinfo": v2Mount,
    "sys/fs/cgroup/pod/memory.max": "2147483648\n",
    "sys/fs/cgroup/pod/memory.events": "low 0\noom 1\noom_kill 1\n",
    "sys/fs/cgroup/pod/cpu.max": "150000 100000\n",
  });
  assert.deepEqual(await controlGroups(root), {
    versions: [2],
    path: "/pod",
    memoryBytes: 2147483648,
    cpus: 1.5,
    figures: {
      "memory.max": "2147483648",
      "memory.events": "low 0, oom 1, oom_kill 1",
      "cpu.max": "150000 100000",
    },
  });
});

test("version 2 without limits, its path hidden by a mount of the group itself", async (t) => {
  const root = await folder(t, {
    "proc/self/cgroup": "0::/kubepods/pod1/abc\n",
    "proc/self/mountinfo": v2Mount,
    "sys/fs/cgroup/memory.max": "max\n",
    "sys/fs/cgroup/cpu.max": "max 100000\n",
  });
  const found = await controlGroups(root);
  assert.deepEqual(found, {
    versions: [2],
    path: "/kubepods/pod1/abc",
    memoryBytes: null,
    cpus: null,
    figures: { "memory.max": "max", "cpu.max": "max 100000" },
  });
});

test("version 1: each controller in its own hierarchy", async (t) => {
  const root = await folder(t, {
    "proc/self/cgroup": "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n",
    "proc/self/mountinfo":
      "31 25 0:27 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n" +
      "32 25 0:28 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912\n",
    "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
    "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
  });
  assert.deepEqual(await controlGroups(root), {
    versions: [1],
    path: "/docker/abc",
    memoryBytes: 536870912,
    cpus: 0.5,
    figures: { "memory.limit_in_bytes": "536870912", "cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "100000" },
  });
});

test("a system without control groups has none", async (t) => {
  const found = await controlGroups(await folder(t));
  assert.deepEqual(found, { versions: [], path: null, memoryBytes: null, cpus: null, figures: {} });
});
