/** Parameters: injected into a notebook as code that cannot be anything but data, and read from what it declares. */
export { injectParameters, type Injected, type InjectOptions } from "./inject.ts";
export { inspectParameters, languageOf, parametersCell } from "./inspect.ts";
export type { DeclaredParameter } from "./inspect/declared.ts";
export type { ParameterValue } from "./value.ts";
