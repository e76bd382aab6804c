/** How long the built program takes to answer, beside an empty Node: `npm run bench startup`. */
import { join } from "node:path";
import { compare, median } from "./measure.ts";
import { table } from "./table.ts";

const program = join(import.meta.dirname, "../dist/nbjob.mjs");
const node = process.execPath;

/** Median milliseconds of 15 runs each, and the ratio to an empty Node. */
export async function startup(): Promise<string> {
  const results = await compare(
    {
      "node -e 0": [node, "-e", "0"],
      "nbjob --version": [node, program, "--version"],
      "nbjob --help": [node, program, "--help"],
    },
    15,
  );
  const base = median((results.get("node -e 0") ?? []).map(({ wall }) => wall));
  const rows = [...results].map(([name, runs]) => {
    const wall = median(runs.map((run) => run.wall));
    return [name, (wall * 1000).toFixed(0), (wall / base).toFixed(2), median(runs.map((run) => run.peak)).toFixed(0)];
  });
  return table(["command", "ms", "ratio", "peak MiB"], rows);
}
