/**
 * The kinds of value that keys of a job file take. Each carries, as its `error`, the words that finish the sentence
 * "expected …"; `validate.ts` makes the sentence. Nothing here echoes a value: it may be a secret.
 */
import { grouped } from "../grouped.ts";
import * as z from "zod/mini";
import { durationPattern, parseDuration, parseSize, sizePattern } from "../quantity.ts";

/** Registered rather than `check`ed, which would copy the schema: a third of the time to load them all. */
function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}

/** Adds the description that editors show; the key becomes optional. */
export function optional<Schema extends z.ZodMiniType>(schema: Schema, description: string): z.ZodMiniOptional<Schema> {
  return z.optional(described(schema, description));
}

/** As {@link optional}, for a key that must be there. */
export function required<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  return described(schema, description);
}

export const text = (expected = "text") => z.string({ error: expected }).check(z.minLength(1, { error: expected }));

/** A path, URL or oci:// address; `${NAME}` is expanded before it is parsed. */
export const location = () => text("a path, a URL or an oci:// location");

export const trueOrFalse = () => z.boolean({ error: "true or false" });

export function wholeNumber(least: number, most: number) {
  const expected = `a whole number from ${grouped(least)} to ${grouped(most)}`;
  return z
    .number({ error: expected })
    .check(z.multipleOf(1, { error: expected }), z.minimum(least, { error: expected }), z.maximum(most, { error: expected }));
}

export function amount(least: number, most: number) {
  const expected = `a number from ${grouped(least)} to ${grouped(most)}`;
  return z.number({ error: expected }).check(z.minimum(least, { error: expected }), z.maximum(most, { error: expected }));
}

const words = { error: "a duration, as in 30m, 1h30m or 90 (seconds)" };

/** A duration above zero, or zero as well where it means "at once". */
export function duration(least: 0 | 1 = 1) {
  const range = { error: least === 0 ? "a duration of at most a year" : "a duration above zero and of at most a year" };
  const inRange = <Value extends string | number>() =>
    z.refine<Value>((value) => (parseDuration(value) ?? -1) >= least, range);
  const written = z.string(words).check(z.regex(durationPattern, { ...words, abort: true }), inRange());
  return z.union([written, z.number(words).check(z.minimum(0, { ...words, abort: true }), inRange())], words);
}

const sizeWords = "a size, as in 20MB or 1GiB";
export const size = () =>
  z.union(
    [
      z.string({ error: sizeWords }).check(
        z.regex(sizePattern, { error: sizeWords }),
        z.refine((value) => parseSize(value) !== undefined, { error: sizeWords }),
      ),
      z.number({ error: sizeWords }).check(
        z.multipleOf(1, { error: sizeWords }),
        z.minimum(0, { error: sizeWords }),
      ),
    ],
    { error: sizeWords },
  );

/** An OCID of one of the given types: `ocid1.<type>.<realm>.[region][.future].<unique>`. */
export function ocid(...types: readonly string[]) {
  const expected = `an OCID, as in ocid1.${types[0] ?? "type"}.oc1.iad.aaaa`;
  const type = types.length === 0 ? "[a-z0-9]+" : `(?:${types.join("|")})`;
  const pattern = new RegExp(`^ocid1\\.${type}\\.[a-z0-9-]+\\.[a-z0-9-]*(?:\\.[a-z0-9-]*)?\\.[A-Za-z0-9_-]+$`);
  return z.string({ error: expected }).check(z.regex(pattern, { error: expected }));
}

const secretWords = "a vault secret's OCID, or vault:name";
export const secret = () =>
  z.string({ error: secretWords }).check(
    z.regex(/^(?:ocid1\.vaultsecret\.[a-z0-9-]+\.[a-z0-9-]*(?:\.[a-z0-9-]*)?\.[A-Za-z0-9_-]+|vault:.+)$/, {
      error: secretWords,
    }),
  );

/** Text, or a number or truth value whose text as written is taken: `4`, `1.10` and `true` need no quotes. */
export const textual = () =>
  z.union([z.string(), z.number(), z.boolean()], { error: "text" });

export function list<Item extends z.ZodMiniType>(item: Item, expected: string) {
  return z.array(item, { error: expected });
}

export function mapOf<Value extends z.ZodMiniType>(value: Value, expected: string) {
  return z.record(z.string(), value, { error: expected });
}

export function keys<Shape extends Readonly<Record<string, z.ZodMiniType>>>(shape: Shape, expected = "a map of keys") {
  return z.strictObject(shape, { error: (issue) => (issue.code === "invalid_type" ? expected : undefined) });
}

/** Any value of YAML, as parameters take it. */
export const anyValue = () => z.any();
