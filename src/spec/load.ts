import { createHash } from "node:crypto";
import type { Stores } from "../storage/stores.ts";
import {
  asFolder,
  displayLocation,
  isFolder,
  type Location,
  nameOf,
  parentOf,
  parseLocation,
} from "../storage/location.ts";
import { readWhole, type WholeFile } from "../storage/transfer.ts";
import { NbjobError } from "../text/errors.ts";
import type { SpecContext } from "./document.ts";
import { findMountedJobFile, findMountedWork } from "./mounted.ts";
import { whatIs } from "./whatis.ts";
import type { JobSpec } from "./jobspec.ts";
import type { Overrides, ParametersText } from "./overrides.ts";

export type { Overrides } from "./overrides.ts";

/** The largest job file, and the largest file of parameters. */
const maxBytes = 1024 * 1024;

export interface LoadJobOptions {
  readonly stores: Stores;
  /** The run's environment: `${NAME}`, `NBJOB_SET` and `NBJOB_PARAMETERS`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that names on the command line start from. */
  readonly cwd: string;
  readonly overrides?: Overrides;
  readonly signal?: AbortSignal;
}

/**
 * The job spec of what a command line or environment names: a job file, or a notebook or artifact in its place.
 *
 * @param named A path, URL or oci:// location as the user wrote it.
 * @throws NbjobError `invalid-job-file` with every problem at once, `usage` for a name that is no location, `not-found` for a folder, and what the
 * store throws for a file that cannot be read.
 */
export async function loadJob(named: string, options: LoadJobOptions): Promise<JobSpec> {
  const found = await openNamed(named, options);
  const context = { ...found.context, mounted: await findMountedWork(options.env) };
  if (found.kind !== "job-file") return specForWork(found.location, found.kind, context);
  const { bytes, sha256 } = found.file;
  return loadJobFile(bytes, { ...context, location: found.location, sha256 });
}

/** What a name on a command line stands for, read where it is a job file. */
type Named = { readonly location: Location; readonly context: Omit<SpecContext, "baseFolder"> } & (
  | { readonly kind: "notebook" | "artifact" }
  | { readonly kind: "job-file"; readonly file: WholeFile }
);

/** @throws NbjobError as {@link loadJob} does, but for what a job file holds */
export async function openNamed(named: string, options: LoadJobOptions): Promise<Named> {
  const workingFolder = asFolder({ kind: "file", path: options.cwd });
  const location = parseLocation(named, { baseFolder: workingFolder, reason: "usage" });
  if (isFolder(location)) {
    throw new NbjobError("not-found", `${named} is a folder, not a job file.`, {
      location: named,
      remedy: "Name the job file in it.",
    });
  }
  const name = location.kind === "file" ? named : displayLocation(location);
  const parametersTexts = await readParametersFiles(options, workingFolder);
  const context = { name, workingFolder, env: options.env, overrides: options.overrides, parametersTexts };
  const byName = whatIs(nameOf(location));
  if (byName === "notebook" || byName === "artifact") return { kind: byName, location, context };
  const file = await readSmall(location, "A job file", options);
  // A name that says nothing: the content decides.
  const kind = byName ?? whatIs(nameOf(location), file.bytes);
  if (kind === "notebook" || kind === "artifact") return { kind, location, context };
  return { kind: "job-file", location, context, file };
}

/**
 * The job spec of a job run that names no job file: what Data Science mounted, a job file or work as the variables of ADS
 * describe it.
 * Undefined where nothing is mounted.
 *
 * @param outputFolder where the outputs go unless `OUTPUT_URI` or a flag says otherwise
 * @throws NbjobError `invalid-job-file` with every problem of the variables and the overrides at once
 */
export async function loadMountedJob(options: LoadJobOptions, outputFolder: string): Promise<JobSpec | undefined> {
  const file = await findMountedJobFile(options.env);
  if (file !== undefined) return loadJob(file, options);
  const mounted = await findMountedWork(options.env);
  if (mounted === undefined) return undefined;
  const workingFolder = asFolder({ kind: "file", path: options.cwd });
  const parametersTexts = await readParametersFiles(options, workingFolder);
  const { env, overrides } = options;
  const { specForMounted } = await import("./workspec.ts");
  const context = { name: "The job run", workingFolder, baseFolder: workingFolder, env, overrides, parametersTexts };
  return { jobFile: undefined, ...specForMounted({ ...context, mounted }, outputFolder) };
}

export interface LoadJobFileOptions extends Omit<SpecContext, "baseFolder" | "name"> {
  readonly location: Location;
  /** How messages name it; default its location. */
  readonly name?: string;
  /** Hex of the bytes' SHA-256, where it is known already. */
  readonly sha256?: string;
}

/** @throws NbjobError `invalid-job-file` with every problem of the bytes and the overrides at once. */
export async function loadJobFile(bytes: Uint8Array, options: LoadJobFileOptions): Promise<JobSpec> {
  // Loaded here and not above: the schema and the YAML reader cost start-up that `--help` and notebooks need not pay.
  const { specFromBytes } = await import("./document.ts");
  const { location, sha256 = createHash("sha256").update(bytes).digest("hex"), ...rest } = options;
  const name = options.name ?? displayLocation(location);
  return { jobFile: { location, sha256 }, ...specFromBytes(bytes, { ...rest, name, baseFolder: parentOf(location) }) };
}

/**
 * A job spec for a notebook or artifact that is named in a job file's place. Its outputs go to `<name>-output/` in the
 * working folder unless `--output-folder` says otherwise.
 *
 * @throws NbjobError `invalid-job-file` with every problem of the overrides at once.
 */
export async function specForWork(
  location: Location,
  kind: "notebook" | "artifact",
  context: Omit<SpecContext, "baseFolder">,
): Promise<JobSpec> {
  const { specForLocation } = await import("./workspec.ts");
  return { jobFile: undefined, ...specForLocation(location, kind, { ...context, baseFolder: context.workingFolder }) };
}

async function readParametersFiles(options: LoadJobOptions, baseFolder: Location): Promise<readonly ParametersText[]> {
  const files = options.overrides?.parametersFiles ?? [];
  return Promise.all(
    files.map(async (file): Promise<ParametersText> => {
      const { bytes } = await readSmall(
        parseLocation(file, { baseFolder, reason: "usage" }),
        "A file of parameters",
        options,
      );
      const { decodeText } = await import("./yaml/decode.ts");
      const decoded = decodeText(bytes);
      if ("text" in decoded) return { origin: `-f ${file}`, text: decoded.text };
      throw new NbjobError("usage", `${file} cannot be read as parameters.`, {
        location: file,
        problems: [decoded.problem],
      });
    }),
  );
}

async function readSmall(location: Location, what: string, { stores, signal }: LoadJobOptions): Promise<WholeFile> {
  try {
    return await readWhole(stores, location, { maxBytes, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    // The store cannot know what the bytes were for.
    if (error instanceof NbjobError && error.reason === "invalid-work") {
      throw new NbjobError("invalid-job-file", error.message, {
        cause: error,
        ...(error.location === undefined ? {} : { location: error.location }),
        remedy: `${what} has at most 1 MiB. Is this the right file?`,
      });
    }
    throw error;
  }
}
