/** The notebook engine's public face: what the run pipeline calls, and nothing else. */
export { executeNotebook } from "./execute/execute.ts";
export { largestNotebook, readNotebook } from "./nbformat/read.ts";
export {
  injectParameters,
  inspectParameters,
  languageOf,
  parametersCell,
  type DeclaredParameter,
  type Injected,
  type ParameterValue,
} from "./parameters/index.ts";
export { installedKernels, resolveKernel, type KernelChoice } from "./kernel/resolve.ts";
export type { Notebook, Cell, CodeCell, Output } from "./nbformat/types.ts";
export type {
  ExecuteOptions,
  ExecuteObserver,
  NotebookResult,
  CellResult,
  CellStatus,
  CellRef,
} from "./execute/types.ts";
