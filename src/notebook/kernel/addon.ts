/**
 * ZeroMQ's native addon, loaded. The bundler puts this module in the place of the package's own `lib/load-addon.js`,
 * whose loader wants the package's whole folder, and prints.
 */
import { addonFile } from "./addon-file.ts";

const loaded: { exports: unknown } = { exports: {} };
process.dlopen(loaded, addonFile());
export default loaded.exports;
