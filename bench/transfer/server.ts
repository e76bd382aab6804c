/** `node server.ts DATA FOLDER`: the fake cloud for the files of a folder. Says its environment as a line of JSON; SIGTERM ends it. */
import { startCloud } from "../../test/cloud/cloud.ts";
import { KnownBodies } from "./known-bodies.ts";

const [data = "", folder = ""] = process.argv.slice(2);
const cloud = await startCloud({
  data,
  bodies: new KnownBodies(folder),
  onBug: (error, operation) => process.stderr.write(`${operation}: ${String(error)}\n`),
});
process.stdout.write(`${JSON.stringify(cloud.env)}\n`);
process.once("SIGTERM", () => void cloud.close());
