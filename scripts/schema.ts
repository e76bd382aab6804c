// Writes schema/nbjob.schema.json from the schema in src/spec/schema; a test compares the two.
import { writeFileSync } from "node:fs";
import { jobFileJsonSchema } from "../src/spec/schema/jsonschema.ts";

writeFileSync(
  new URL("../schema/nbjob.schema.json", import.meta.url),
  `${JSON.stringify(jobFileJsonSchema(), null, 2)}\n`,
);
