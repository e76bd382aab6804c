/** Moving files to and from Object Storage beside `oci`, the SDK's UploadManager, rclone and a bare loop: `npm run bench transfer`. */
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { venv } from "../test/support/venv.ts";
import { type Measured, measure } from "./measure.ts";
import { table } from "./table.ts";
import { startBenchCloud } from "./transfer/cloud.ts";

interface Workload {
  readonly name: string;
  readonly files: number;
  /** Bytes of each. */
  readonly size: number;
}

const mebi = 1024 * 1024;
const workloads: readonly Workload[] = [
  { name: "2,000 x 10 KiB", files: 2000, size: 10 * 1024 },
  { name: "20 x 50 MiB", files: 20, size: 50 * mebi },
  { name: "1 x 1 GiB", files: 1, size: 1024 * mebi },
];
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 2);

type Command = (direction: "up" | "down", folder: string, env: NodeJS.ProcessEnv) => readonly string[];

const prefix = "bench";

/** A program of bench/transfer as it would be shipped: in one file, so that nobody pays for types or for looking up modules. */
async function bundled(name: string, folder: string): Promise<Command> {
  const outfile = join(folder, `${name}.mjs`);
  const entryPoints = [join(import.meta.dirname, "transfer", `${name}.ts`)];
  const banner = { js: `import{createRequire as r}from"node:module";const require=r(import.meta.url);` };
  await build({
    entryPoints,
    outfile,
    banner,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  return (direction, files) => [process.execPath, outfile, direction, files, prefix];
}

async function peers(bin: string, folder: string): Promise<Readonly<Record<string, Command>>> {
  return {
    nbjob: await bundled("ours", folder),
    "bare undici": await bundled("bare", folder),
    "oci CLI": (direction, folder) => {
      const bulk =
        direction === "up"
          ? ["bulk-upload", "--src-dir", folder, "--object-prefix", `${prefix}/`, "--overwrite"]
          : ["bulk-download", "--download-dir", folder, "--prefix", `${prefix}/`, "--overwrite"];
      const parallel = direction === "up" ? "--parallel-upload-count" : "--parallel-operations-count";
      return [join(bin, "oci"), "os", "object", ...bulk, "-bn", "bucket", parallel, "32"];
    },
    "SDK UploadManager": await bundled("sdk", folder),
    rclone: (direction, folder) => {
      const remote = `cloud:bucket/${prefix}`;
      return [
        join(bin, "rclone"),
        "copy",
        ...(direction === "up" ? [folder, remote] : [remote, folder]),
        "--transfers",
        "32",
        "--checkers",
        "32",
        // Its own 5 MiB are less than the service's documentation allows.
        "--oos-chunk-size",
        "64Mi",
      ];
    },
  };
}

/** Each client on a cloud of its own, twice or more; the best wall time counts, with the CPU and memory of that run. */
export async function transfer(): Promise<string> {
  const bin = dirname(await venv("oci"));
  const folder = mkdtempSync(join(tmpdir(), "nbjob-bench-"));
  const rows: string[][] = [];
  const only = process.env["BENCH_ONLY"]?.split(",");
  try {
    for (const workload of workloads) {
      const source = join(folder, "source");
      fill(source, workload);
      const best = new Map<string, Measured>();
      const clients = Object.entries(await peers(bin, folder)).filter(([name]) => only?.includes(name) ?? true);
      for (let round = 0; round < rounds; round += 1) {
        for (const [name, command] of clients) {
          for (const [direction, measured] of Object.entries(await roundTrip(folder, source, workload, command))) {
            const key = `${direction} ${name}`;
            if (measured.wall < (best.get(key)?.wall ?? Number.POSITIVE_INFINITY)) best.set(key, measured);
          }
        }
      }
      for (const direction of ["up", "down"]) {
        const ours = best.get(`${direction} nbjob`);
        for (const [name] of clients) {
          const measured = best.get(`${direction} ${name}`);
          if (measured !== undefined) rows.push(row(workload, direction, name, measured, ours));
        }
      }
      rmSync(source, { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return table(["files", "way", "client", "wall s", "MiB/s", "files/s", "CPU s", "peak MiB", "wall to nbjob's"], rows);
}

async function roundTrip(
  folder: string,
  source: string,
  workload: Workload,
  command: Command,
): Promise<Record<"up" | "down", Measured>> {
  const data = join(folder, "cloud");
  const target = join(folder, "target");
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  try {
    await using cloud = await startBenchCloud(data);
    const env = { ...process.env, ...cloud.env, ...clientSettings(cloud.env), HOME: home };
    const up = await measured("up", command("up", source, env), env);
    const down = await measured("down", command("down", target, env), env);
    check(source, target, workload);
    return { up, down };
  } finally {
    rmSync(data, { recursive: true, force: true });
    rmSync(target, { recursive: true, force: true });
  }
}

async function measured(direction: string, command: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const result = await measure(command, { env });
  if (result.code !== 0) throw new Error(`${direction} ended with ${result.code}: ${command.join(" ")}`);
  return result;
}

/** rclone's remote, and less chatter from the CLI. */
function clientSettings(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const remote = {
    TYPE: "oracleobjectstorage",
    PROVIDER: "user_principal_auth",
    ENDPOINT: env["NBJOB_OCI_ENDPOINT"] ?? "",
    NAMESPACE: env["NBJOB_OCI_NAMESPACE"] ?? "",
    COMPARTMENT: env["NBJOB_OCI_COMPARTMENT"] ?? "",
    REGION: "us-ashburn-1",
    CONFIG_FILE: env["OCI_CONFIG_FILE"] ?? "",
    NO_CHECK_BUCKET: "true",
  };
  return {
    ...Object.fromEntries(Object.entries(remote).map(([key, value]) => [`RCLONE_CONFIG_CLOUD_${key}`, value])),
    SUPPRESS_LABEL_WARNING: "True",
    OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING: "True",
  };
}

function fill(folder: string, { files, size }: Workload): void {
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < files; index += 1) {
    const path = join(folder, `file-${index}`);
    for (let left = size; left > 0; left -= 4 * mebi) appendFileSync(path, randomBytes(Math.min(left, 4 * mebi)));
  }
}

/** Every file came back with its size. (That the bytes are right is for the tests.) */
function check(source: string, target: string, { files }: Workload): void {
  const found = new Map(
    readdirSync(target, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, statSync(join(entry.parentPath, entry.name)).size]),
  );
  const wrong = readdirSync(source).filter((name) => found.get(name) !== statSync(join(source, name)).size);
  if (wrong.length > 0 || found.size !== files) throw new Error(`${wrong.length} of ${files} files did not come back`);
}

function row(
  { name, files, size }: Workload,
  way: string,
  client: string,
  { wall, cpu, peak }: Measured,
  ours: Measured | undefined,
): string[] {
  return [
    name,
    way,
    client,
    wall.toFixed(2),
    ((files * size) / mebi / wall).toFixed(0),
    (files / wall).toFixed(0),
    cpu.toFixed(2),
    peak.toFixed(0),
    ours === undefined ? "" : (wall / ours.wall).toFixed(2),
  ];
}
