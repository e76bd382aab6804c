/** The image's sizes and start times: `npm run bench image`. Needs Docker and the built image (`docker build -t nbjob .`). */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createGzip } from "node:zlib";
import { median } from "./measure.ts";
import { table } from "./table.ts";

const exec = promisify(execFile);
const rounds = 9;

/** What a kernel needs from its start to the first cell's output, with the least client there is, in the same container. */
const bareKernel = `
import time
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name="python3", transport="ipc")
started = time.perf_counter()
manager.start_kernel()
client = manager.blocking_client()
client.start_channels()
client.wait_for_ready(timeout=60)
client.execute("print(1)")
while client.get_iopub_msg(timeout=60)["msg_type"] != "stream": pass
print(round((time.perf_counter() - started) * 1000))
manager.shutdown_kernel(now=True)
`;

const cell = {
  cell_type: "code",
  execution_count: null,
  id: "a",
  metadata: {},
  outputs: [],
  source: "import time; print('first', time.time() * 1000, flush=True)",
};
const notebook = {
  cells: [cell],
  metadata: { kernelspec: { name: "python3", display_name: "", language: "python" } },
  nbformat: 4,
  nbformat_minor: 5,
};

export async function image(): Promise<string> {
  return [await sizes(), await starts()].join("\n\n");
}

/** Layers with something in them, from the bottom; what a push sends is each one's gzip. */
async function sizes(): Promise<string> {
  const { stdout } = await exec("docker", ["history", "--no-trunc", "--format", "{{.Size}}\t{{.CreatedBy}}", "nbjob"]);
  const rows = stdout
    .trim()
    .split("\n")
    .toReversed()
    .map((line) => line.split("\t"))
    .filter(([size]) => size !== "0B")
    .map(([size = "", by = ""], position) => [
      position === 0 ? "the base image" : by.replace(/^.*?(?=COPY|apt-get|python3 -m venv|ln -s)|$/, "").slice(0, 60),
      size,
    ]);
  const file = await compressed(["docker", "run", "--rm", "--entrypoint", "cat", "nbjob", "/nbjob"]);
  // With its tag: a release leaves others.
  const whole = await compressed(["docker", "save", "nbjob:latest"]);
  rows.push(["/nbjob, compressed", megabytes(file)], ["the whole image, compressed", megabytes(whole)]);
  return table(["layer", "size"], rows);
}

async function starts(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nbjob-bench-"));
  try {
    await writeFile(join(folder, "n.ipynb"), JSON.stringify(notebook));
    await writeFile(join(folder, "bare.py"), bareKernel);
    // In one running container, so that what Docker itself needs is not in the figures.
    const { stdout } = await exec("docker", [
      "run",
      "-d",
      "--init",
      "-v",
      `${folder}:/b`,
      "--entrypoint",
      "sleep",
      "nbjob",
      "1d",
    ]);
    const id = stdout.trim();
    try {
      const within = (script: string): Promise<number> => number(["docker", "exec", id, "sh", "-c", script]);
      const clock = "python -c 'import time; print(time.time() * 1000)'";
      const [bare, ours] = ["bare kernel: start to first output", "nbjob run: start to first output"];
      const series: Record<string, () => Promise<number>> = {
        [bare]: () => within("python /b/bare.py"),
        [ours]: () =>
          within(
            `t=$(${clock}); nbjob run /b/n.ipynb --output-folder /tmp/o 2>/dev/null | awk -v t=$t '/first/ {print $2 - t}'`,
          ),
        "nbjob --version": () => within(timed("nbjob --version")),
        "docker run nbjob --version": async () => {
          const begun = performance.now();
          await exec("docker", ["run", "--rm", "nbjob", "--version"]);
          return performance.now() - begun;
        },
      };
      const results = new Map<string, number[]>();
      for (let round = 0; round <= rounds; round++)
        for (const [name, run] of Object.entries(series)) {
          const value = await run();
          if (round > 0) results.set(name, [...(results.get(name) ?? []), value]);
        }
      // Within one round the machine is as busy for the one as for the other.
      const over = (results.get(ours) ?? []).map((value, round) => value - (results.get(bare)?.[round] ?? 0));
      results.set("nbjob over the bare kernel, round by round", over);
      return table(
        ["start", "median ms", "least ms"],
        [...results].map(([name, values]) => [name, median(values).toFixed(0), Math.min(...values).toFixed(0)]),
      );
    } finally {
      await exec("docker", ["rm", "-f", id]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of a command, measured inside the container. */
function timed(command: string): string {
  return `s=$(date +%s%N); ${command} >/dev/null; e=$(date +%s%N); echo $(((e - s) / 1000000))`;
}

async function number([program = "", ...args]: readonly string[]): Promise<number> {
  const { stdout } = await exec(program, args);
  return Number(stdout.trim());
}

/** Bytes of a command's output after gzip. */
async function compressed([program = "", ...args]: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let bytes = 0;
  for await (const chunk of child.stdout.pipe(createGzip())) bytes += (chunk as Buffer).length; // gzip gives Buffers
  return bytes;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)}MB`;
}
