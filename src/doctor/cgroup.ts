/** The control groups that hold this process, version 1 and 2: limits, use, and what was killed or throttled. */
import { join, posix } from "node:path";
import { text } from "./machine.ts";
import type { Fact } from "./probe.ts";

/** Files that answer questions of support, by the controller that version 1 keeps them under; in version 2 all lie together. */
const files: Readonly<Record<1 | 2, Readonly<Record<string, string>>>> = {
  1: {
    memory: `memory.limit_in_bytes memory.usage_in_bytes memory.max_usage_in_bytes memory.failcnt
      memory.memsw.limit_in_bytes memory.oom_control`,
    cpu: "cpu.cfs_quota_us cpu.cfs_period_us cpu.shares cpu.stat",
    cpuset: "cpuset.cpus",
    pids: "pids.max pids.current",
  },
  2: {
    "": `memory.max memory.high memory.current memory.peak memory.swap.max memory.events
      cpu.max cpu.weight cpu.stat cpuset.cpus.effective pids.max pids.current`,
  },
};

interface Hierarchy {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  readonly root: string;
  readonly point: string;
}

/** @param root stands for `/` */
export async function controlGroups(root = "/"): Promise<Fact> {
  const paths = pathsOf((await text(join(root, "proc/self/cgroup"))) ?? "");
  const hierarchies = hierarchiesOf((await text(join(root, "proc/self/mountinfo"))) ?? "");
  const versions = [...new Set(hierarchies.map(({ version }) => version))].toSorted((left, right) => left - right);
  const figures: Record<string, Fact> = {};
  for (const hierarchy of hierarchies) {
    for (const [controller, names] of Object.entries(files[hierarchy.version])) {
      if (hierarchy.version === 1 && !hierarchy.controllers.includes(controller)) continue;
      const folder = folderOf(hierarchy, paths.get(controller) ?? "/");
      for (const name of names.split(/\s+/)) {
        // In a container without a namespace for control groups the path may not be there: the mount's root is ours then.
        const found = (await text(join(root, folder, name))) ?? (await text(join(root, hierarchy.point, name)));
        if (found !== undefined) figures[name] = found.trim().replaceAll("\n", ", ");
      }
    }
  }
  return { versions, path: paths.get("") ?? paths.get("memory") ?? null, ...summary(figures), figures };
}

/** The two figures that everybody asks for, whatever the version; null for no limit. */
function summary(figures: Readonly<Record<string, Fact>>): { readonly memoryBytes: Fact; readonly cpus: Fact } {
  const memory = Number(figures["memory.max"] ?? figures["memory.limit_in_bytes"]);
  const [quota, period] =
    typeof figures["cpu.max"] === "string"
      ? figures["cpu.max"].split(" ").map(Number)
      : [Number(figures["cpu.cfs_quota_us"]), Number(figures["cpu.cfs_period_us"])];
  return {
    // Version 1 says "no limit" with a number near 2^63, version 2 with a word.
    memoryBytes: Number.isFinite(memory) && memory < 2 ** 60 ? memory : null,
    cpus: quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : null,
  };
}

/** `/proc/self/cgroup`: controller → path; `""` for version 2. */
function pathsOf(lines: string): ReadonlyMap<string, string> {
  return new Map(
    lines.split("\n").flatMap((line) => {
      const [, controllers = "", ...path] = line.split(":");
      return path.length === 0 ? [] : controllers.split(",").map((name): [string, string] => [name, path.join(":")]);
    }),
  );
}

function hierarchiesOf(mountinfo: string): readonly Hierarchy[] {
  return mountinfo.split("\n").flatMap((line): readonly Hierarchy[] => {
    const [mount = "", system = ""] = line.split(" - ");
    const [, , , root = "", point = ""] = mount.split(" ");
    const [type, , options = ""] = system.split(" ");
    if (type === "cgroup2") return [{ version: 2, controllers: [], root, point }];
    return type === "cgroup" ? [{ version: 1, controllers: options.split(","), root, point }] : [];
  });
}

function folderOf({ root, point }: Hierarchy, path: string): string {
  const below = posix.relative(root, path);
  return below.startsWith("..") ? point : join(point, below);
}
