/**
 * The fake cloud by hand: `node test/cloud/main.ts [--port N] [--data DIR] [--minimum-part BYTES]`.
 * Prints what to set, as lines for a shell to source, and stays until it is interrupted.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startCloud } from "./cloud.ts";

const { values } = parseArgs({
  options: { port: { type: "string" }, data: { type: "string" }, "minimum-part": { type: "string" } },
});
const cloud = await startCloud({
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
  ...(values.data === undefined ? {} : { data: resolve(values.data) }),
  ...(values["minimum-part"] === undefined ? {} : { minimumPart: Number(values["minimum-part"]) }),
  buckets: ["bucket", "results"],
  onBug: (error, operation) => process.stderr.write(`# ${operation}: ${String(error)}\n`),
});
for (const [name, value] of Object.entries(cloud.env)) process.stdout.write(`export ${name}=${quote(value)}\n`);
process.stderr.write(`# The cloud is at ${cloud.url}, with the buckets "bucket" and "results". Ctrl-C ends it.\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void cloud.close());

function quote(value: string): string {
  return /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
