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
import type { RunHost } from "./host.ts";
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
}

export interface NotebookSource {
  /** The file to read. */
  readonly path: string;
  /** Where it came from, for people. */
  readonly location: string;
  /** The file it came from, where that is on this machine: never to be replaced by the executed one. */
  readonly original: string | undefined;
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
export async function stageNotebook(
  source: NotebookSource,
  { spec, workspace, host, env, conda }: NotebookContext,
): Promise<StagedNotebook> {
  const name = basename(source.path);
  const notebook = readNotebook(await readFile(source.path), source.location);
  const kernel = await chooseKernel(notebook, { spec, host, env, conda });
  const declared = inspectParameters(notebook, kernel.language);
  for (const parameter of Object.keys(spec.parameters)) {
    if (declared !== undefined && !declared.some((known) => known.name === parameter)) {
      host.log.warn(`The notebook declares no parameter "${parameter}"; it is set all the same`);
    }
  }
  const injected = injectParameters(notebook, spec.parameters, { language: kernel.language, kernelName: kernel.name });
  return {
    kind: "notebook",
    notebook,
    kernel,
    executed: await executedPath(spec, workspace, source.original, name),
    injectedCell: injected === undefined || injected.replaced ? null : injected.index,
    name,
    input: source.location,
  };
}

async function chooseKernel(
  notebook: Notebook,
  { spec, host, env, conda }: Pick<NotebookContext, "spec" | "host" | "env" | "conda">,
): Promise<KernelChoice> {
  const { kernel: requested } = spec.notebookOptions;
  try {
    const kernel = await resolveKernel({
      metadata: notebook.metadata,
      env,
      prefixes: conda === undefined ? [] : [conda.prefix],
      warn: (message) => host.log.warn(message),
      ...(requested === undefined ? {} : { requested }),
    });
    if (conda !== undefined) await checkKernel(conda, kernel);
    return kernel;
  } catch (error) {
    if (conda !== undefined && requested === undefined && (languageOf(notebook) ?? "python") === "python")
      await checkKernel(conda, undefined);
    throw error;
  }
}

/** The executed notebook grows where it will stay, if that is on this machine: then even a machine that dies leaves it. */
async function executedPath(
  spec: JobSpec,
  workspace: Workspace,
  original: string | undefined,
  name: string,
): Promise<string> {
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
