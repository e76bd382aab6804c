// By name, not as `core` of zod/mini: the bundler would keep all of it, forty languages of messages included.
import { $ZodArray, $ZodObject, $ZodOptional, $ZodRecord, $ZodUnion, type $ZodType } from "zod/v4/core";

/** The keys that an object schema knows, at a path from a root schema; none where the keys are free. */
export function knownKeys(root: $ZodType, path: readonly (string | number)[]): readonly string[] {
  let schemas = alternatives(root);
  for (const part of path) schemas = schemas.flatMap((schema) => step(schema, part)).flatMap(alternatives);
  return schemas.flatMap((schema) => (schema instanceof $ZodObject ? Object.keys(schema._zod.def.shape) : []));
}

function step(schema: $ZodType, part: string | number): readonly $ZodType[] {
  if (schema instanceof $ZodObject) return [schema._zod.def.shape[String(part)] ?? []].flat();
  if (schema instanceof $ZodArray) return [schema._zod.def.element];
  if (schema instanceof $ZodRecord) return [schema._zod.def.valueType];
  return [];
}

/** A schema without its optional wrapper, a union as its members. */
function alternatives(schema: $ZodType): readonly $ZodType[] {
  if (schema instanceof $ZodOptional) return alternatives(schema._zod.def.innerType);
  if (schema instanceof $ZodUnion) return schema._zod.def.options.flatMap(alternatives);
  return [schema];
}
