/** Where ZeroMQ's native addon is: beside the bundled program, or in `node_modules`. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A machine that the addon is built for. The C library counts on Linux only. */
export interface Target {
  readonly platform: string;
  readonly arch: string;
  readonly libc: "glibc" | "musl" | undefined;
}

/** Every target that the package carries, and its addon's path below `node_modules/zeromq/build`. */
export const addonBuilds: readonly (Target & { readonly build: string })[] = [
  { platform: "linux", arch: "x64", libc: "glibc", build: "linux/x64/node/glibc-127-Release/addon.node" },
  { platform: "linux", arch: "x64", libc: "musl", build: "linux/x64/node/musl-127-Release/addon.node" },
  { platform: "linux", arch: "arm64", libc: "glibc", build: "linux/arm64/node/glibc-127-Release/addon.node" },
  { platform: "linux", arch: "arm64", libc: "musl", build: "linux/arm64/node/musl-127-Release/addon.node" },
  { platform: "darwin", arch: "arm64", libc: undefined, build: "darwin/arm64/node/libc-115-Release/addon.node" },
  { platform: "darwin", arch: "x64", libc: undefined, build: "darwin/x64/node/libc-115-Release/addon.node" },
];

/** The addon's file name in the `zeromq` folder that stands beside the bundled program. */
export function addonName({ platform, arch, libc }: Target): string {
  return `${[platform, arch, ...(libc === undefined ? [] : [libc])].join("-")}.node`;
}

/** This machine. Both C libraries may be installed; the one that this process is linked to counts. */
export function thisTarget(): Target {
  const { platform, arch } = process;
  if (platform !== "linux") return { platform, arch, libc: undefined };
  return { platform, arch, libc: readFileSync("/proc/self/maps", "latin1").includes("musl") ? "musl" : "glibc" };
}

/**
 * The addon for this machine.
 * @throws {Error} where none is there: the program is incomplete, or was not made for this machine.
 */
export function addonFile(target: Target = thisTarget()): string {
  const name = addonName(target);
  const candidates = [besideProgram(name), inPackage(target)];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return found;
  throw new Error(`ZeroMQ's addon ${name} is missing; looked at ${candidates.filter((path) => path).join(", ")}`);
}

function besideProgram(name: string): string {
  return join(dirname(fileURLToPath(import.meta.url)), "zeromq", name);
}

function inPackage(target: Target): string | undefined {
  const found = addonBuilds.find((known) => addonName(known) === addonName(target));
  if (found === undefined) return undefined;
  try {
    return join(dirname(createRequire(import.meta.url).resolve("zeromq/package.json")), "build", found.build);
  } catch {
    return undefined;
  }
}
