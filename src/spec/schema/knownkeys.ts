import type * as z from "zod/mini";

/** The keys that an object schema knows, at a path from a root schema; none where the keys are free. */
export function knownKeys(root: z.core.$ZodType, path: readonly (string | number)[]): readonly string[] {
  let schemas = alternatives(root);
  for (const part of path) schemas = schemas.flatMap((schema) => step(schema, part)).flatMap(alternatives);
  return schemas.flatMap((schema) => (isObject(schema) ? Object.keys(schema._zod.def.shape) : []));
}

function step(schema: z.core.$ZodType, part: string | number): readonly z.core.$ZodType[] {
  if (isObject(schema)) {
    const child = schema._zod.def.shape[String(part)];
    return child === undefined ? [] : [child];
  }
  const { def } = schema._zod;
  if (def.type === "array") return [(schema as z.core.$ZodArray)._zod.def.element]; // Its `type` says which it is.
  if (def.type === "record") return [(schema as z.core.$ZodRecord)._zod.def.valueType]; // Its `type` says which it is.
  return [];
}

/** A schema without its optional wrapper, a union as its members. */
function alternatives(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const { def } = schema._zod;
  if (def.type === "optional") return alternatives((schema as z.core.$ZodOptional)._zod.def.innerType); // Its `type` says which it is.
  if (def.type === "union") return (schema as z.core.$ZodUnion)._zod.def.options.flatMap(alternatives); // Its `type` says which it is.
  return [schema];
}

function isObject(schema: z.core.$ZodType): schema is z.core.$ZodObject {
  return schema._zod.def.type === "object";
}
