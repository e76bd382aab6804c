export { inCondaEnvironment } from "./activate.ts";
export { checkPack, installPack, type CondaEnvironment } from "./install.ts";
export { checkKernel } from "./kernel.ts";
export { packFromVariables, type PackSource } from "./source.ts";
