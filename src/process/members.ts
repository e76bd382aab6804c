import { readdirSync, readFileSync } from "node:fs";

/** What `/proc/<pid>/stat` says of one process. */
export interface ProcessStat {
  readonly pid: number;
  /** One letter, as ps shows it: R, S, D, T, Z… */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly threads: number;
}

/** Parses one line of `/proc/<pid>/stat`; undefined where it is not one. The command's name may hold spaces and parentheses. */
export function parseStat(line: string): ProcessStat | undefined {
  const open = line.indexOf("(");
  const close = line.lastIndexOf(")");
  if (open < 0 || close < open) return undefined;
  const fields = line.slice(close + 2).split(" ");
  const stat: ProcessStat = {
    pid: Number(line.slice(0, open)),
    state: fields[0] ?? "",
    parent: Number(fields[1]),
    group: Number(fields[2]),
    threads: Number(fields[17]),
  };
  return Number.isInteger(stat.pid) && Number.isInteger(stat.group) ? stat : undefined;
}

/** A zombie only waits to be reaped. Its leader may show as one while other threads still run. */
function isAlive(stat: ProcessStat): boolean {
  return (stat.state !== "Z" && stat.state !== "X") || stat.threads > 1;
}

/**
 * Process ids of a group's members that still run. Zombies do not count: where nbjob is process 1 without a reaper,
 * nobody collects orphans, and a group that holds one answers `kill(-pgid, 0)` for ever.
 * Without `/proc` (macOS) the group's own id stands for whatever is there.
 */
export function liveMembers(pgid: number, proc = "/proc"): readonly number[] {
  if (!groupAnswers(pgid)) return [];
  const stats = readStats(proc);
  if (stats === undefined) return [pgid];
  return stats.filter((stat) => stat.group === pgid && isAlive(stat)).map((stat) => stat.pid);
}

/**
 * Living processes whose environment, as they were started, holds a text: how those are found that left their group
 * (setsid, daemons). Others' environments cannot be read and do not count.
 */
export function processesMarked(mark: string, proc = "/proc"): readonly number[] {
  const alive = (readStats(proc) ?? []).filter((stat) => isAlive(stat) && stat.pid !== process.pid);
  return alive.map((stat) => stat.pid).filter((pid) => read(`${proc}/${pid}/environ`)?.includes(mark));
}

/** False for zombies too. */
export function isProcessAlive(pid: number, proc = "/proc"): boolean {
  const stat = readStat(`${proc}/${pid}/stat`);
  return stat !== undefined && isAlive(stat);
}

/** False where no process, not even a zombie, is in the group. */
function groupAnswers(pgid: number): boolean {
  try {
    process.kill(-pgid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Every process that can be seen; undefined where there is no `/proc`. */
export function readStats(proc = "/proc"): readonly ProcessStat[] | undefined {
  let names: readonly string[];
  try {
    names = readdirSync(proc);
  } catch {
    return undefined;
  }
  const stats: ProcessStat[] = [];
  for (const name of names) {
    if (!/^[0-9]+$/.test(name)) continue;
    const stat = readStat(`${proc}/${name}/stat`);
    if (stat !== undefined) stats.push(stat);
  }
  return stats.length === 0 ? undefined : stats;
}

function readStat(path: string): ProcessStat | undefined {
  const line = read(path);
  return line === undefined ? undefined : parseStat(line);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined; // It ended since it was listed, or is not ours to see.
  }
}
