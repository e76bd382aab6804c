/** Whole notebook runs beside papermill, `jupyter execute` (nbclient) and nbconvert: `npm run bench notebooks`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { venv } from "../test/support/venv.ts";
import { median, measure, type Measured } from "./measure.ts";
import { table } from "./table.ts";

interface Workload {
  readonly name: string;
  readonly cells: readonly string[];
  /** What a complete run leaves in the notebook, counted in its text. */
  readonly marker: RegExp;
  readonly count: number;
  readonly rounds: number;
}

const workloads: readonly Workload[] = [
  { name: "1 cell", cells: ["print('done-mark')"], marker: /done-mark\\n/g, count: 1, rounds: 5 },
  {
    name: "300 cells",
    cells: Array.from({ length: 300 }, (_, i) => `print('mark', ${i})`),
    marker: /mark \d+\\n/g,
    count: 300,
    rounds: 2,
  },
  {
    name: "20,000 flushed lines",
    cells: ["for i in range(20000): print('mark', i, flush=True)"],
    marker: /mark \d+\\n/g,
    count: 20_000,
    rounds: 2,
  },
  {
    name: "100 MB of stdout",
    cells: ["line = 'mark ' + 'x' * 94\nfor i in range(1_000_000): print(line)"],
    marker: /mark x+\\n/g,
    count: 1_000_000,
    rounds: 1,
  },
  {
    name: "30 x 1 MB of HTML",
    cells: Array.from(
      { length: 30 },
      () => "from IPython.display import HTML, display\ndisplay(HTML('mark-' + 'x' * 1_000_000))",
    ),
    marker: /mark-x+/g,
    count: 30,
    rounds: 1,
  },
];

/** Wall and CPU seconds, peak memory of the largest process, and how much of the output is in the notebook. */
export async function notebooks(): Promise<string> {
  const python = await venv("bench");
  const bin = dirname(python);
  const folder = mkdtempSync(join(tmpdir(), "nbjob-bench-"));
  const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}`, VIRTUAL_ENV: dirname(bin) };
  const program = join(import.meta.dirname, "../nbjob");
  const input = join(folder, "in.ipynb");
  const output = join(folder, "out.ipynb");
  const peers: Readonly<Record<string, { command: readonly string[]; output: string }>> = {
    nbjob: {
      command: [program, input, "--output-folder", join(folder, "out"), "--set", "notebookOptions.maxOutput=1GB"],
      output: join(folder, "out/in.ipynb"),
    },
    papermill: { command: [join(bin, "papermill"), input, output], output },
    "jupyter execute": { command: [join(bin, "jupyter-execute"), input, `--output=${output}`], output },
    nbconvert: {
      command: [join(bin, "jupyter-nbconvert"), "--to", "notebook", "--execute", input, "--output", output],
      output,
    },
  };
  const rows: string[][] = [];
  for (const workload of workloads) {
    writeFileSync(input, notebook(workload.cells));
    const runs = new Map<string, (Measured & { kept: string })[]>(Object.keys(peers).map((name) => [name, []]));
    for (let round = 0; round < workload.rounds; round++) {
      for (const [name, peer] of Object.entries(peers)) {
        const measured = await measure(peer.command, { cwd: folder, env });
        runs.get(name)?.push({ ...measured, kept: kept(peer.output, workload) });
        rmSync(peer.output, { force: true });
      }
    }
    const base = median((runs.get("nbjob") ?? []).map(({ wall }) => wall));
    for (const [name, measured] of runs) {
      const wall = median(measured.map((run) => run.wall));
      rows.push([
        workload.name,
        name,
        wall.toFixed(2),
        (wall / base).toFixed(2),
        median(measured.map((run) => run.cpu)).toFixed(2),
        Math.max(...measured.map((run) => run.peak)).toFixed(0),
        [...new Set(measured.map((run) => `${run.code}`))].join(" "),
        [...new Set(measured.map((run) => run.kept))].join(" "),
      ]);
    }
  }
  rmSync(folder, { recursive: true });
  return table(["notebook", "program", "wall s", "to nbjob", "CPU s", "peak MiB", "exit", "outputs kept"], rows);
}

function kept(path: string, { marker, count }: Workload): string {
  try {
    const found = [...readFileSync(path, "utf8").matchAll(marker)].length;
    return found === count ? "all" : `${found} of ${count}`;
  } catch {
    return "no file";
  }
}

function notebook(sources: readonly string[]): string {
  const cells = sources.map((source, position) => ({
    cell_type: "code",
    id: `c${position}`,
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  }));
  const metadata = {
    kernelspec: { display_name: "Python 3", language: "python", name: "python3" },
    language_info: { name: "python" },
  };
  return JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 });
}
