import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { checkKernel, type CondaEnvironment } from "../environment/conda/index.ts";
import {
  injectParameters,
  inspectParameters,
  languageOf,
  readNotebook,
  resolveKernel,
  type KernelChoice,
  type Notebook,
} from "../notebook/index.ts";
import type { JobSpec } from "../spec/jobspec.ts";
import { joinLocation } from "../storage/location.ts";
import { NbjobError } from "../text/errors.ts";
import { kernelInside } from "./stage-requirements.ts";
import type { RunHost } from "./host.ts";
import { recordName } from "./record.ts";
import { allOrNone } from "./together.ts";
import type { Workspace } from "./workspace.ts";

/** A notebook that is read, has its parameters and a kernel that exists. */
export interface StagedNotebook {
  readonly kind: "notebook";
  readonly notebook: Notebook;
  readonly kernel: KernelChoice;
  /** Where the executed notebook grows. */
  readonly executed: string;
  /** Which cell was added to the input notebook; null for none. */
  readonly injectedCell: number | null;
  readonly name: string;
  readonly input: string;
  /** The notebook as it was before it ran, for another attempt: running changes it. */
  readonly fresh: () => Notebook;
}

export interface NotebookSource {
  /** The file to read. */
  readonly path: string;
  /** Where it came from, for people. */
  readonly location: string;
  /** The file it came from, where that is on this machine: never to be replaced by the executed one. */
  readonly original: string | undefined;
  /** As TextDecoder calls it, where the file is not UTF-8. */
  readonly encoding?: string | undefined;
}

export interface NotebookContext {
  readonly spec: JobSpec;
  readonly workspace: Workspace;
  readonly host: RunHost;
  readonly env: Readonly<Record<string, string>>;
  /** The conda environment that it runs in. */
  readonly conda: CondaEnvironment | undefined;
}

/** @throws NbjobError `invalid-work` for a file that is no notebook, `environment` without a kernel for it */
export async function stageNotebook(source: NotebookSource, context: NotebookContext): Promise<StagedNotebook> {
  const { spec, workspace, host } = context;
  const bytes = await readUtf8(source);
  const notebook = parseNotebook(bytes, source, host);
  const choosing = chooseKernel(notebook, context).then((kernel) =>
    spec.environment.requirements === undefined
      ? kernel
      : kernelInside(kernel, context.env, (message) => host.log.warn(message)),
  );
  const growing = executedPath(spec, workspace, source);
  await allOrNone([choosing, growing]);
  const kernel = await choosing;
  return {
    kind: "notebook",
    notebook,
    kernel,
    executed: await growing,
    injectedCell: setParameters(notebook, kernel, spec, host),
    name: executedName(source.path),
    input: source.location,
    fresh() {
      const again = readNotebook(bytes, source.location);
      inject(again, kernel, spec);
      return again;
    },
  };
}

/** @throws NbjobError `invalid-work` for a file that is no notebook; what can be repaired is, and told */
export async function openNotebook(source: NotebookSource, host: Pick<RunHost, "log">): Promise<Notebook> {
  return parseNotebook(await readUtf8(source), source, host);
}

function parseNotebook(bytes: Uint8Array, { location }: NotebookSource, { log }: Pick<RunHost, "log">): Notebook {
  return readNotebook(bytes, location, { warn: (message) => log.warn(message) });
}

/** Notebooks are UTF-8, unless the run says that this one is not. */
async function readUtf8({ path, location, encoding }: NotebookSource): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (encoding === undefined) return bytes;
  try {
    return Buffer.from(new TextDecoder(encoding, { fatal: true }).decode(bytes));
  } catch (error) {
    const message = `${location} is not text in ${encoding}, as NOTEBOOK_ENCODING has it.`;
    throw new NbjobError("invalid-work", message, { location, cause: error });
  }
}

/**
 * Puts the parameters into the notebook.
 * @returns the index of the cell that was added; null where none was
 * @throws NbjobError `invalid-job-file` for what its language cannot set
 */
export function setParameters(
  notebook: Notebook,
  kernel: { readonly name?: string; readonly language: string },
  spec: JobSpec,
  { log }: Pick<RunHost, "log">,
): number | null {
  const declared = inspectParameters(notebook, kernel.language);
  for (const parameter of Object.keys(spec.parameters)) {
    if (declared !== undefined && !declared.some((known) => known.name === parameter)) {
      log.warn(`The notebook declares no parameter "${parameter}"; it is set all the same`);
    }
  }
  const injected = inject(notebook, kernel, spec);
  return injected === undefined || injected.replaced ? null : injected.index;
}

function inject(
  notebook: Notebook,
  { name, language }: { readonly name?: string; readonly language: string },
  { parameters }: JobSpec,
): ReturnType<typeof injectParameters> {
  const kernelName = name === undefined ? {} : { kernelName: name };
  return injectParameters(notebook, parameters, { language, ...kernelName });
}

/** @throws NbjobError `environment` where no kernel fits the notebook, or the one that was asked for is not there */
export async function chooseKernel(
  notebook: Notebook,
  { spec, host, env, conda }: Pick<NotebookContext, "spec" | "host" | "env" | "conda">,
): Promise<KernelChoice> {
  const { kernel: requested } = spec.notebookOptions;
  const venv = spec.environment.requirements === undefined ? undefined : env["VIRTUAL_ENV"];
  try {
    const kernel = await resolveKernel({
      metadata: notebook.metadata,
      env,
      prefixes: [venv, conda?.prefix].filter((prefix) => prefix !== undefined),
      warn: (message) => host.log.warn(message),
      ...(requested === undefined ? {} : { requested }),
    });
    const installed = venv !== undefined && kernel.folder.startsWith(`${venv}/`);
    if (conda !== undefined && !installed) await checkKernel(conda, kernel);
    return kernel;
  } catch (error) {
    if (conda !== undefined && requested === undefined && (languageOf(notebook) ?? "python") === "python")
      await checkKernel(conda, undefined);
    throw error;
  }
}

/**
 * The executed notebook grows where it will stay, if that is on this machine: then even a machine that dies leaves it.
 * @throws NbjobError `output-folder` where it would replace the notebook itself
 */
export async function executedPath(
  spec: JobSpec,
  workspace: Workspace,
  { path, original }: NotebookSource,
): Promise<string> {
  const name = executedName(path);
  if (spec.outputFolder.kind !== "file") return join(workspace.executed, name);
  const target = joinLocation(spec.outputFolder, name);
  if (target.kind !== "file") return join(workspace.executed, name);
  if (original !== undefined && (await sameFile(original, target.path))) {
    throw new NbjobError(
      "output-folder",
      `The output folder holds the notebook itself, ${target.path}, which the executed one would replace`,
      {
        location: target.path,
        remedy: "Choose another output folder.",
      },
    );
  }
  return target.path;
}

async function sameFile(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([left, right].map((path) => stat(path).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

/** The notebook's own name, unless the record has it: then, as any file of the work, it is published beside that. */
function executedName(path: string): string {
  const name = basename(path);
  return name === recordName ? `work-${name}` : name;
}
