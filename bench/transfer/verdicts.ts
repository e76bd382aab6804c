import type { Measured } from "../measure.ts";

/** What one client took for one workload in one direction. */
export interface Result extends Measured {
  readonly workload: Workload;
  readonly way: Direction;
  readonly client: string;
}

export interface Workload {
  readonly name: string;
  readonly files: number;
  /** Bytes of each. */
  readonly size: number;
}

export type Direction = "up" | "down";

interface Aim {
  readonly workload: (workload: Workload) => boolean;
  readonly peer: string;
  /** The peer's wall time is at least so many times nbjob's. */
  readonly ratio: number;
}

const anything = (): boolean => true;
const aims: readonly Aim[] = [
  { workload: ({ files }) => files > 1000, peer: "oci CLI", ratio: 4 },
  { workload: ({ files }) => files > 1000, peer: "Node SDK", ratio: 4 },
  { workload: ({ files }) => files > 1000, peer: "Python SDK", ratio: 4 },
  { workload: ({ files }) => files === 1, peer: "oci CLI", ratio: 2 },
  { workload: anything, peer: "bare undici", ratio: 1 / 1.3 },
];
const mostMegabytes = 150;

/** A line for each aim: whether it is met. */
export function verdicts(results: readonly Result[]): string {
  const lines = results
    .filter(({ client }) => client === "nbjob")
    .flatMap((ours) => {
      const { workload, way } = ours;
      const ratios = aims
        .filter((aim) => aim.workload(workload))
        .flatMap(({ peer, ratio }) => {
          const other = results.find((one) => one.client === peer && one.workload === workload && one.way === way);
          if (other === undefined) return [];
          const [walls, cpus] = [other.wall / ours.wall, other.cpu / ours.cpu];
          const wanted = `${peer} at least ${ratio.toFixed(2)} times nbjob's wall time`;
          return [verdict(walls >= ratio, ours, `${wanted}: ${walls.toFixed(2)} (CPU ${cpus.toFixed(2)})`)];
        });
      const megabytes = (ours.peak * 1024 * 1024) / 1e6;
      const memory = `under ${mostMegabytes} MB of memory: ${megabytes.toFixed(0)} MB`;
      return [...ratios, verdict(megabytes < mostMegabytes, ours, memory)];
    });
  return lines.join("\n");
}

function verdict(met: boolean, { workload, way }: Result, text: string): string {
  return `${met ? "met    " : "NOT MET"}  ${workload.name} ${way}, ${text}`;
}
