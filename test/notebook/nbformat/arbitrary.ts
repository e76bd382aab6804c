/** Notebooks of any content, as the text of their files. */
import fc from "fast-check";

/** JSON's text: numbers in every spelling, keys that look like integers, characters of every kind but lone surrogates. */
const text = fc.string({
  unit: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("a", "b", " ", "1", '"', "\\", "/", "\n", "\n", "é", "日", "😀", "ｆ") },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...Array.from("\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029\u0000\u007f"), "\r\n", "\t"),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  ),
  maxLength: 12,
});
const literal = text.map((value) => JSON.stringify(value));

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(String),
  fc.integer().map((value) => `${value}.0`),
  fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -290, max: 290 })).map(([m, e]) => `${m}e${e}`),
  fc.tuple(fc.nat(99), fc.nat(20)).map(([m, e]) => `${m}.50E+${e}`),
  fc.constantFrom("NaN", "Infinity", "-Infinity", "-0", "-0.0", "1e-07", "1e16", "123456789012345680.0"),
);

const { json } = fc.letrec<{ json: string; container: string }>((tie) => ({
  json: fc.oneof({ maxDepth: 4 }, number, literal, fc.constantFrom("null", "true", "false"), tie("container")),
  container: fc.oneof(
    fc.array(tie("json"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
    fc
      .array(
        fc.tuple(
          fc.oneof(
            literal,
            fc.nat(20).map((key) => `"${key}"`),
          ),
          tie("json"),
        ),
        { maxLength: 4 },
      )
      .map((members) => object(members)),
  ),
}));

export const anyJson = json;

function object(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([key, value]) => `${key}: ${value}`).join(",\n")}}`;
}

/** Texts as one or as a list of lines. */
const lines = fc.oneof(
  literal,
  fc.array(literal, { maxLength: 3 }).map((items) => `[${items.join(",")}]`),
);
const own = literal.map((key) => JSON.stringify(`x-${JSON.parse(key)}`));
const metadata = fc.array(fc.tuple(own, json), { maxLength: 3 }).map(object);
const count = fc.oneof(fc.constant("null"), fc.nat().map(String));

const bundle = fc
  .tuple(
    fc.uniqueArray(
      fc.constantFrom("text/plain", "text/html", "text/x-own", "image/png", "image/svg+xml", "application/javascript"),
      { maxLength: 3 },
    ),
    fc.array(lines, { minLength: 3, maxLength: 3 }),
    fc.option(json),
    fc.option(json),
  )
  .map(([types, texts, vendor, plain]) =>
    object([
      ...types.map((type, index) => [JSON.stringify(type), texts[index] ?? '""'] as const),
      ...(vendor === null ? [] : [['"application/vnd.own+json"', vendor] as const]),
      ...(plain === null ? [] : [['"application/json"', plain] as const]),
    ]),
  );

const output4 = fc.oneof(
  fc
    .tuple(fc.constantFrom("stdout", "stderr"), lines)
    .map(([name, value]) => `{"output_type": "stream", "name": "${name}", "text": ${value}}`),
  fc
    .tuple(bundle, metadata)
    .map(([data, about]) => `{"output_type": "display_data", "data": ${data}, "metadata": ${about}}`),
  fc
    .tuple(bundle, metadata, count)
    .map(
      ([data, about, n]) =>
        `{"output_type": "execute_result", "data": ${data}, "metadata": ${about}, "execution_count": ${n}}`,
    ),
  fc
    .tuple(literal, literal, fc.array(literal, { maxLength: 2 }))
    .map(
      ([name, value, trace]) =>
        `{"output_type": "error", "ename": ${name}, "evalue": ${value}, "traceback": [${trace.join(",")}]}`,
    ),
);

function cell4(withIds: boolean): fc.Arbitrary<readonly (readonly [string, string])[]> {
  const id = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/).map((value) => [['"id"', `"${value}"`] as const]);
  return fc
    .tuple(
      withIds ? id : fc.constant([]),
      metadata,
      lines,
      fc.option(fc.tuple(fc.array(output4, { maxLength: 3 }), count)),
    )
    .chain(([ids, about, source, code]) =>
      fc
        .tuple(fc.constantFrom("markdown", "raw"), fc.option(fc.tuple(literal, bundle)))
        .map(([type, attachment]) => [
          ...ids,
          ['"metadata"', about] as const,
          ['"source"', source] as const,
          ['"cell_type"', code ? '"code"' : `"${type}"`] as const,
          ...(code
            ? [['"outputs"', `[${code[0].join(",")}]`] as const, ['"execution_count"', code[1]] as const]
            : attachment
              ? [['"attachments"', object([attachment])] as const]
              : []),
        ]),
    );
}

/** A valid notebook of version 4, of this minor one. */
export function notebook4(minor: number): fc.Arbitrary<string> {
  const key = (members: readonly (readonly [string, string])[]): string => new Map(members).get('"id"') ?? "";
  const cells = fc.uniqueArray(cell4(minor >= 5), {
    maxLength: 4,
    ...(minor >= 5 ? { selector: key } : { comparator: () => false }),
  });
  return fc.tuple(cells, metadata).map(([list, about]) =>
    object([
      ['"nbformat"', "4"],
      ['"cells"', `[${list.map(object).join(",")}]`],
      ['"metadata"', about],
      ['"nbformat_minor"', String(minor)],
    ]),
  );
}

const output3 = fc.oneof(
  lines.map((value) => `{"output_type": "stream", "stream": "stderr", "text": ${value}}`),
  fc
    .tuple(
      fc.constantFrom("pyout", "display_data"),
      fc.uniqueArray(fc.constantFrom("text", "html", "svg", "latex", "javascript"), { maxLength: 3 }),
      fc.array(lines, { minLength: 3, maxLength: 3 }),
      json,
    )
    .map(([type, names, values, data]) =>
      object([
        ['"output_type"', `"${type}"`],
        ...(type === "pyout" ? [['"prompt_number"', "3"] as const] : []),
        ['"metadata"', '{"png": {"width": 1.0}}'],
        ['"png"', '"aGVsbG8="'],
        ['"json"', JSON.stringify(data)],
        ...names.map((name, index) => [`"${name}"`, values[index] ?? '""'] as const),
      ]),
    ),
  fc
    .tuple(literal, literal)
    .map(([name, value]) => `{"output_type": "pyerr", "ename": ${name}, "evalue": ${value}, "traceback": []}`),
);

const cell3 = fc.oneof(
  fc
    .tuple(fc.constantFrom("markdown", "raw", "html"), lines, metadata)
    .map(([type, source, about]) => `{"cell_type": "${type}", "source": ${source}, "metadata": ${about}}`),
  fc
    .tuple(fc.integer({ min: 1, max: 6 }), lines)
    .map(([level, source]) => `{"cell_type": "heading", "level": ${level}, "source": ${source}}`),
  fc
    .tuple(lines, fc.array(output3, { maxLength: 3 }), fc.boolean())
    .map(
      ([input, outputs, collapsed]) =>
        `{"cell_type": "code", "language": "python", "input": ${input}, "collapsed": ${collapsed}, "outputs": [${outputs.join(",")}]}`,
    ),
);

/** A valid notebook of version 2 or 3. */
export function notebookOld(major: 2 | 3): fc.Arbitrary<string> {
  const sheets = fc.array(fc.array(cell3, { maxLength: 4 }), { maxLength: 2 });
  return fc
    .tuple(sheets, metadata)
    .map(
      ([list, about]) =>
        `{"nbformat": ${major}, ${major === 3 ? '"nbformat_minor": 0,' : ""} "metadata": ${about}, "worksheets": [${list
          .map((cells) => `{"cells": [${cells.join(",")}]}`)
          .join(",")}]}`,
    );
}
