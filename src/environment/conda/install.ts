import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { displayLocation, type Location } from "../../storage/location.ts";
import { openStores, type Stores } from "../../storage/stores.ts";
import { fetchFile } from "../../storage/transfer.ts";
import { NbjobError } from "../../text/errors.ts";
import type { Log } from "../../text/log.ts";
import { cacheFolder } from "../cache-folder.ts";
import { activationVariables } from "./activate.ts";
import { PackCache } from "./cache.ts";
import { findServicePack, packName, type PackSource } from "./source.ts";
import { fixPrefixes } from "./unpacked.ts";

export interface InstallPackOptions {
  readonly stores: Stores;
  readonly log: Pick<Log, "debug" | "info" | "warn">;
  /** The run's environment: caches, regions and credentials are looked up here. */
  readonly env: Readonly<Record<string, string>>;
  readonly tempFolder: string;
  /** Unpacks an archive safely, whatever is in it. */
  readonly unpack: (
    path: string,
    options: {
      readonly name: string;
      readonly into: string;
      readonly env: Readonly<Record<string, string>>;
      readonly repeated: "replace";
      readonly signal?: AbortSignal;
    },
  ) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** A conda environment on this machine. */
export interface CondaEnvironment {
  /** Its folder: `bin/python` and all. */
  readonly prefix: string;
  readonly name: string;
  /** Where it came from, for people. */
  readonly location: string;
  /** What its own activation scripts set. */
  readonly variables: Readonly<Record<string, string>>;
}

type Finding = Pick<InstallPackOptions, "stores" | "log" | "env" | "signal">;

/**
 * Fetches and unpacks a conda pack and mends the paths in it, or finds it made by an earlier run.
 * @throws NbjobError as stores do, `invalid-work` for an archive that is no pack, `environment` where it cannot be used here
 */
export async function installPack(source: PackSource, options: InstallPackOptions): Promise<CondaEnvironment> {
  return inItsRegion(source, options, async (location, { env, stores }) => {
    const { signal, log } = options;
    const shown = displayLocation(location);
    const cache = new PackCache(join(await cacheFolder(env, options.tempFolder), "packs"));
    const path = await findOrMake(location, cache, { ...options, env, stores });
    const prefix = await prefixIn(path, shown);
    const variables = await activationVariables(prefix, env, (message) => log.warn(message), signal);
    return { prefix, name: packName(location), location: shown, variables };
  });
}

/**
 * Finds out whether a pack can be read, without fetching it.
 * @returns where it lies, for people
 * @throws NbjobError as stores do
 */
export async function checkPack(source: PackSource, options: Finding): Promise<string> {
  return inItsRegion(source, options, async (location, { stores }) => {
    const { signal } = options;
    const { close } = await stores.store(location).read(location, signal === undefined ? {} : { signal });
    close();
    return displayLocation(location);
  });
}

/** Does something with a pack's location, the stores and the environment being those of the region that it is in. */
async function inItsRegion<Result>(
  source: PackSource,
  options: Finding,
  use: (location: Location, there: Pick<Finding, "env" | "stores">) => Promise<Result>,
): Promise<Result> {
  const region = source.region === undefined ? {} : { OCI_REGION: source.region, OCI_CLI_REGION: source.region };
  const env = { ...options.env, ...region };
  const stores = source.region === undefined ? options.stores : openStores({ env, log: options.log });
  const cancel = options.signal === undefined ? {} : { signal: options.signal };
  try {
    const location =
      "slug" in source ? await findServicePack(source.slug, { stores, env, ...cancel }) : source.location;
    return await use(location, { env, stores });
  } finally {
    if (stores !== options.stores) await stores.close();
  }
}

async function findOrMake(location: Location, cache: PackCache, options: InstallPackOptions): Promise<string> {
  const { stores, log, signal } = options;
  const shown = displayLocation(location);
  const known = await keyOfWhatIsThere(location, stores, signal);
  const kept = known === undefined ? undefined : await cache.find(known);
  if (kept !== undefined) {
    log.info(`Conda pack ${shown}: kept by an earlier run in ${kept}`);
    return kept;
  }
  const folder = await cache.begin(known ?? "pack");
  try {
    const archive = join(folder, "pack");
    const fetching = { digest: known === undefined, ...(signal === undefined ? {} : { signal }) };
    const { sha256, bytes } = await fetchFile(stores, location, archive, fetching);
    log.info(`Conda pack ${shown}: ${Math.ceil(bytes / 2 ** 20)} MiB, unpacking`);
    const key = known ?? sha256.slice(0, 32);
    const same = known === undefined ? await cache.find(key) : undefined;
    if (same !== undefined) {
      await rm(folder, { recursive: true, force: true });
      return same;
    }
    // An environment that was itself unpacked from a pack has conda-unpack in it, and its own pack twice.
    await options.unpack(archive, { ...options, name: shown, into: join(folder, "env"), repeated: "replace" });
    await rm(archive);
    await fixPrefixes(await prefixIn(join(folder, "env"), shown), shown, options);
    return await cache.keep(key, folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What the store says of the bytes without reading them; undefined where it says too little to tell two packs apart. */
async function keyOfWhatIsThere(
  location: Location,
  stores: Stores,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  // What is wrong with it, reading will tell.
  const info = await stores
    .store(location)
    .head(location, signal === undefined ? {} : { signal })
    .catch(() => undefined);
  const version =
    info?.etag ??
    info?.md5 ??
    (location.kind === "file" && info?.modifiedAt !== undefined
      ? `${info.bytes} ${info.modifiedAt.getTime()}`
      : undefined);
  if (version === undefined) return undefined;
  return createHash("sha256")
    .update(`${displayLocation(location)}\n${version}`)
    .digest("hex")
    .slice(0, 32);
}

/** The folder with `bin`: the archive's own, or its one folder. */
async function prefixIn(path: string, shown: string): Promise<string> {
  for (const folder of [path, ...(await onlyFolder(path))]) {
    if ((await stat(join(folder, "bin")).catch(() => undefined))?.isDirectory() === true) return folder;
  }
  throw new NbjobError("invalid-work", `${shown} is no conda pack: it has no folder bin.`, {
    location: shown,
    remedy: "Make one with conda-pack: conda pack -p <the environment's folder> -o pack.tar.gz",
  });
}

async function onlyFolder(path: string): Promise<readonly string[]> {
  const [only, ...more] = await readdir(path, { withFileTypes: true });
  return only?.isDirectory() === true && more.length === 0 ? [join(path, only.name)] : [];
}
