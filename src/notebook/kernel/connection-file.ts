/** The connection file: how a kernel is told where to listen and how to sign ("Connection files" in the Jupyter Client documentation). */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NbjobError } from "../../text/errors.ts";
import type { Addresses } from "./transport.ts";

export interface ConnectionFile {
  readonly path: string;
  readonly addresses: Addresses;
  /** HMAC key. */
  readonly key: string;
  /** Removes the file, the socket files and their folder. */
  remove(): Promise<void>;
}

/** A socket's path has at most 107 bytes on Linux, 103 on macOS; the kernel adds `-5`. */
const longestSocketPath = 100;

/** Writes a connection file (mode 0600) into a new folder (0700) that also holds the socket files. */
export async function writeConnectionFile(
  kernelName: string,
  transport: "ipc" | "tcp" = "ipc",
): Promise<ConnectionFile> {
  const folder = await makeFolder();
  folders.add(folder);
  const ip = join(folder, "s");
  const useIpc = transport === "ipc" && process.platform !== "win32" && (await canHoldSockets(ip));
  const addresses: Addresses = useIpc
    ? { transport: "ipc", ip, ports: { shell: 1, iopub: 2, stdin: 3, control: 4, hb: 5 } }
    : { transport: "tcp", ip: "127.0.0.1", ports: await freePorts() };
  const key = randomBytes(32).toString("hex");
  const { ports } = addresses;
  const content = {
    shell_port: ports.shell,
    iopub_port: ports.iopub,
    stdin_port: ports.stdin,
    control_port: ports.control,
    hb_port: ports.hb,
    ip: addresses.ip,
    key,
    transport: addresses.transport,
    signature_scheme: "hmac-sha256",
    kernel_name: kernelName,
  };
  const path = join(folder, "kernel.json");
  await writeFile(path, JSON.stringify(content), { mode: 0o600 });
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    folders.delete(folder);
  };
  return { path, addresses, key, remove };
}

/** Folders that would be left behind if we ended now, by a bug. */
const folders = new Set<string>();
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function makeFolder(): Promise<string> {
  let cause: unknown;
  for (const parent of ["/tmp", tmpdir(), "/dev/shm", "/var/tmp"]) {
    try {
      return await mkdtemp(join(parent, "nbjob-"));
    } catch (error) {
      cause = error;
    }
  }
  throw new NbjobError("environment", "There is no folder for the kernel's connection file: /tmp cannot be written.", {
    cause,
    remedy: "Give the container a writable /tmp.",
  });
}

/** Some network and FUSE file systems take files but no sockets. */
async function canHoldSockets(prefix: string): Promise<boolean> {
  if (Buffer.byteLength(`${prefix}-5`) > longestSocketPath) return false;
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(`${prefix}-0`, () => server.close(() => resolve(true)));
  });
}

/** Five different ports that were free a moment ago; all are held until the last is known, so that none comes twice. */
async function freePorts(): Promise<Addresses["ports"]> {
  const servers = Array.from({ length: 5 }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => {
            const at = server.address();
            resolve(typeof at === "object" && at !== null ? at.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const [shell = 0, iopub = 0, stdin = 0, control = 0, hb = 0] = ports;
  return { shell, iopub, stdin, control, hb };
}
