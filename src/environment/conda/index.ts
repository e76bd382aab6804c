export { inCondaEnvironment } from "./activate.ts";
export { checkPack, type CondaEnvironment } from "./install.ts";
export { checkKernel } from "./kernel.ts";
export { packFromVariables, type PackSource } from "./source.ts";
