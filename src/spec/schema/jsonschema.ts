import * as z from "zod/mini";
import { jobFileSchema } from "./jobfile.ts";

/**
 * The JSON Schema (draft 2020-12) of a job file, from the schema that nbjob itself checks with. What JSON Schema cannot
 * say (that a time zone exists, that a duration is under a year) is left to nbjob. Published as `schema/nbjob.schema.json`.
 */
export function jobFileJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, properties = {}, ...rest } = z.toJSONSchema(jobFileSchema, { io: "input", reused: "inline" });
  return {
    $schema,
    title: "nbjob job file",
    description: "What to run, with what, and where the outputs go.",
    ...rest,
    properties,
    // The original wrote noteBook; people write it in other cases too.
    patternProperties: { "^[nN][oO][tT][eE][bB][oO][oO][kK]$": properties["noteBook"] },
    required: ["outputFolder"],
    not: {
      anyOf: [
        { required: ["noteBook", "artifact"] },
        { required: ["noteBook", "git"] },
        { required: ["artifact", "git"] },
      ],
    },
  };
}
