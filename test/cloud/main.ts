/**
 * The fake cloud by hand: `node test/cloud/main.ts [--port N] [--data DIR] [--minimum-part BYTES] [--image NAME] [--step MS]`.
 * `--image` runs job runs in that image, whatever image the job names; without it they are the built program.
 * `--step` is how long each step before a run's start stands.
 * Prints what to set, as lines for a shell to source, and stays until it is interrupted.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { startCloud } from "./cloud.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    data: { type: "string" },
    "minimum-part": { type: "string" },
    image: { type: "string" },
    step: { type: "string", default: "500" },
  },
});
const cloud = await startCloud({
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
  ...(values.data === undefined ? {} : { data: resolve(values.data) }),
  ...(values["minimum-part"] === undefined ? {} : { minimumPart: Number(values["minimum-part"]) }),
  buckets: ["bucket", "results"],
  onBug: (error, operation) => process.stderr.write(`# ${operation}: ${String(error)}\n`),
});
cloud.dataScience.settings.stepMs = Number(values.step);
if (values.image !== undefined) Object.assign(cloud.machines, { docker: true, images: { "*": values.image } });
for (const [name, value] of Object.entries(cloud.env)) process.stdout.write(`export ${name}=${quote(value)}\n`);
process.stderr.write(`# The cloud is at ${cloud.url}, with the buckets "bucket" and "results". Ctrl-C ends it.\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void cloud.close());

function quote(value: string): string {
  return /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
