import { basename } from "node:path";
import { commandFor } from "../../artifact/index.ts";
import { languageOf, type KernelChoice, type Notebook } from "../../notebook/index.ts";
import type { JobSpec } from "../../spec/jobspec.ts";
import { displayWork, isHere } from "../../spec/work.ts";
import { displayLocation } from "../../storage/location.ts";
import type { RunHost } from "../host.ts";
import { packOf } from "../stage-conda.ts";
import { chooseKernel, executedPath, openNotebook, setParameters } from "../stage-notebook.ts";
import { placeWork, type PlacedWork } from "../stage-work.ts";
import { notebookSource, workEnvironment, workOf } from "../stage.ts";
import type { Workspace } from "../workspace.ts";
import { finding, needsService, type Finding } from "./finding.ts";

export interface WorkContext {
  readonly workspace: Workspace;
  readonly host: RunHost;
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

export interface CheckedWork {
  readonly findings: readonly Finding[];
  /** What an archive's own runtime file sets. */
  readonly variables: Readonly<Record<string, string>>;
}

interface Opened {
  readonly placed: PlacedWork;
  /** Undefined for a program. */
  readonly notebook: Notebook | undefined;
}

const notOpened = { skipped: "the work was not opened" };
const inPack = { skipped: "it comes with the conda pack, which is not fetched" };

/** Fetches and opens the work, and looks for what runs it: a notebook's kernel, a program's interpreter. */
export async function checkWork(spec: JobSpec, context: WorkContext): Promise<CheckedWork> {
  const { host, offline } = context;
  let opened: Opened | undefined;
  const shown = spec.work === undefined ? "" : displayWork(spec.work);
  const work = await finding("work", shown, async () => {
    if (offline && !isHere(workOf(spec))) return needsService;
    opened = await open(spec, context);
    return describe(opened);
  });
  const variables = opened?.placed.variables ?? {};
  // What is wrong with the pack's own variables is told where the pack is looked at.
  const packed = (await packOf(spec, Promise.resolve({ variables }), host.env).catch(() => true)) !== undefined;
  const findings =
    opened === undefined
      ? await withoutWork(spec, host, packed)
      : opened.notebook === undefined
        ? [await checkInterpreter(spec, opened.placed, host, packed)]
        : await checkNotebook(spec, opened.placed, opened.notebook, context, packed);
  return { findings: [work, ...findings], variables };
}

async function open(spec: JobSpec, { workspace, host, signal }: WorkContext): Promise<Opened> {
  const work = workOf(spec);
  const env = { ...host.env, ...spec.environment.variables };
  const placed = await placeWork(work, { workspace, host, env, ads: spec.ads, signal });
  const notebook = placed.kind === "notebook" ? await openNotebook(notebookSource(placed, spec), host) : undefined;
  return { placed, notebook };
}

function describe({ placed, notebook }: Opened): string {
  const { path, mainClass, fetched, commit } = placed;
  const cells = notebook?.cells.length ?? 0;
  const what =
    notebook === undefined
      ? (mainClass?.name ?? basename(path))
      : `a notebook of ${cells} ${cells === 1 ? "cell" : "cells"}`;
  if (commit !== undefined) return `${what}, commit ${commit}`;
  return fetched === undefined ? what : `${what}, ${fetched.bytes} bytes, sha256 ${fetched.sha256}`;
}

/** A kernel that was asked for by name can be looked for without its notebook. */
async function withoutWork(spec: JobSpec, host: RunHost, packed: boolean): Promise<readonly Finding[]> {
  const { kernel } = spec.notebookOptions;
  if (kernel === undefined) return [await finding("kernel or interpreter", "", async () => notOpened)];
  const none: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };
  const env = { ...host.env, ...spec.environment.variables };
  return [
    await finding("kernel", kernel, async () =>
      packed ? inPack : tell(await chooseKernel(none, { spec, host, env, conda: undefined })),
    ),
  ];
}

async function checkNotebook(
  spec: JobSpec,
  placed: PlacedWork,
  notebook: Notebook,
  { workspace, host }: WorkContext,
  packed: boolean,
): Promise<readonly Finding[]> {
  const env = workEnvironment(placed, { spec, host, conda: undefined });
  let chosen: KernelChoice | undefined;
  const kernel = await finding("kernel", spec.notebookOptions.kernel ?? "", async () => {
    if (packed) return inPack;
    try {
      chosen = await chooseKernel(notebook, { spec, host, env, conda: undefined });
    } catch (error) {
      if (spec.environment.requirements === undefined) throw error;
      return { skipped: "it may come with the requirements, which are not installed" };
    }
    return tell(chosen);
  });
  const names = Object.keys(spec.parameters);
  const parameters = await finding("parameters", names.join(", "), async () => {
    const language = chosen?.language ?? languageOf(notebook);
    if (language === undefined) return { skipped: "the notebook's language is not known without its kernel" };
    setParameters(notebook, { ...(chosen === undefined ? {} : { name: chosen.name }), language }, spec, host);
    return `they can be set in ${language}`;
  });
  // A second look at the output folder, of interest only where it is the notebook's own.
  const place = await finding("output folder", displayLocation(spec.outputFolder), async () =>
    executedPath(spec, workspace, notebookSource(placed, spec)),
  );
  return [kernel, ...(names.length === 0 ? [] : [parameters]), ...(place.status === "failed" ? [place] : [])];
}

async function checkInterpreter(spec: JobSpec, placed: PlacedWork, host: RunHost, packed: boolean): Promise<Finding> {
  return finding("interpreter", "", async () => {
    if (packed) return inPack;
    const { path, mainClass, cwd } = placed;
    const env = workEnvironment(placed, { spec, host, conda: undefined });
    const [program] = await commandFor({
      path,
      cwd,
      env,
      arguments: [],
      ...(mainClass === undefined ? {} : { mainClass }),
    });
    return program === path ? "none is needed" : program;
  });
}

function tell({ name, language, folder }: KernelChoice): string {
  return `${name} (${language === "" ? "unknown language" : language})${folder === "" ? "" : ` in ${folder}`}`;
}
