/** Moving files to and from Object Storage beside `oci`, the UploadManagers of two SDKs, rclone and a bare loop: `npm run bench transfer`. */
import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { venv } from "../test/support/venv.ts";
import { type Measured, measure } from "./measure.ts";
import { table } from "./table.ts";
import { startBenchCloud } from "./transfer/cloud.ts";
import { type Direction, type Result, verdicts, type Workload } from "./transfer/verdicts.ts";

const mebi = 1024 * 1024;
const workloads: readonly Workload[] = [
  { name: "2,000 x 10 KiB", files: 2000, size: 10 * 1024 },
  { name: "20 x 50 MiB", files: 20, size: 50 * mebi },
  { name: "1 x 1 GiB", files: 1, size: 1024 * mebi },
];
/** Best of so many; the first also fills caches. */
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 2);
/** Only these clients, where the others would take too long. */
const only = process.env["BENCH_ONLY"]?.split(",");

/** What sends the files of a folder to `<prefix>/…`, or brings them back. */
type Command = (direction: Direction, folder: string, prefix: string) => readonly string[];

const caption = `Whole processes, best wall time of ${rounds}; CPU and memory are the client's own in that run. The server is the fake cloud
in a process of its own, the same for all: signatures verified, bodies in its memory and compared byte by byte with
the files that were sent, digests that clients send checked against ones computed once. Client and server share the machine.`;

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
  return (direction, files, prefix) => [process.execPath, outfile, direction, files, prefix];
}

async function peers(bin: string, folder: string): Promise<Readonly<Record<string, Command>>> {
  return {
    nbjob: await bundled("ours", folder),
    "bare undici": await bundled("bare", folder),
    "oci CLI": (direction, folder, prefix) => {
      const bulk =
        direction === "up"
          ? ["bulk-upload", "--src-dir", folder, "--object-prefix", `${prefix}/`, "--overwrite"]
          : ["bulk-download", "--download-dir", folder, "--prefix", `${prefix}/`, "--overwrite"];
      const parallel = direction === "up" ? "--parallel-upload-count" : "--parallel-operations-count";
      return [join(bin, "oci"), "os", "object", ...bulk, "-bn", "bucket", parallel, "32"];
    },
    "Node SDK": await bundled("sdk", folder),
    "Python SDK": (direction, files, prefix) => [
      join(bin, "python"),
      join(import.meta.dirname, "transfer", "sdk.py"),
      direction,
      files,
      prefix,
    ],
    rclone: (direction, folder, prefix) => {
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

/** Each client in turn, up and down again, so that a machine whose speed drifts treats all alike. */
export async function transfer(): Promise<string> {
  const bin = dirname(await venv("oci"));
  const folder = mkdtempSync(join(tmpdir(), "nbjob-bench-"));
  const results: Result[] = [];
  try {
    const clients = Object.entries(await peers(bin, folder)).filter(([name]) => only?.includes(name) ?? true);
    for (const workload of workloads) results.push(...(await moved(folder, workload, clients)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const head = ["files", "way", "client", "wall s", "MiB/s", "files/s", "CPU s", "peak MiB", "wall to nbjob's", "CPU"];
  return [
    caption,
    table(
      head,
      results.map((result) => row(result, results)),
    ),
    verdicts(results),
  ].join("\n\n");
}

async function moved(
  folder: string,
  workload: Workload,
  clients: readonly (readonly [name: string, command: Command])[],
): Promise<readonly Result[]> {
  const source = join(folder, "source");
  const targets = join(folder, "targets");
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  fill(source, workload);
  const best = new Map<string, Result>();
  try {
    await using cloud = await startBenchCloud(join(folder, "cloud"), source);
    const caches = { HOME: home, NODE_COMPILE_CACHE: join(folder, "compile-cache") };
    const env = { ...process.env, ...cloud.env, ...clientSettings(cloud.env), ...caches };
    for (let round = 0; round < rounds; round += 1) {
      for (const [client, command] of clients) {
        // Slow, and none of our aims.
        if (client === "rclone" && round > 0) continue;
        const prefix = `${client.replaceAll(" ", "-")}-${round}`;
        const target = join(targets, prefix);
        for (const way of ["up", "down"] as const) {
          const measured = await succeeding(way, command(way, way === "up" ? source : target, prefix), env);
          const key = `${way} ${client}`;
          if (measured.wall < (best.get(key)?.wall ?? Number.POSITIVE_INFINITY)) {
            best.set(key, { workload, way, client, ...measured });
          }
        }
        check(source, target, workload);
        // A file system may be slow to make many files just after many were deleted.
        if (workload.files < 100) rmSync(target, { recursive: true });
      }
    }
  } finally {
    for (const each of [source, targets, join(folder, "cloud")]) rmSync(each, { recursive: true, force: true });
  }
  return (["up", "down"] as const).flatMap((way) => clients.flatMap(([name]) => best.get(`${way} ${name}`) ?? []));
}

async function succeeding(direction: Direction, command: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
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

function row(result: Result, results: readonly Result[]): readonly string[] {
  const { workload, way, client, wall, cpu, peak } = result;
  const { name, files, size } = workload;
  const ours = results.find((other) => other.client === "nbjob" && other.workload === workload && other.way === way);
  const figures = [wall.toFixed(2), ((files * size) / mebi / wall).toFixed(0), (files / wall).toFixed(0)];
  const ratios = ours === undefined ? [] : [(wall / ours.wall).toFixed(2), (cpu / ours.cpu).toFixed(2)];
  return [name, way, client, ...figures, cpu.toFixed(2), peak.toFixed(0), ...ratios];
}
