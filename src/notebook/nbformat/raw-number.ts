/**
 * A number as it stands in the file, written back unchanged, because JavaScript would change it: `1.0`, `1e-07`,
 * a 20-digit integer, `NaN`. A class, so that a notebook's own `{"raw": "1"}` is never taken for one.
 */
export class RawNumber {
  readonly raw: string;

  /** @param raw a number as JSON or Python's `json` writes it; it is not checked */
  constructor(raw: string) {
    this.raw = raw;
  }
}

/**
 * A double as Python's `repr` and `json.dumps` write it: the shortest digits that read back as the same number, a
 * point or an exponent always, the exponent with two digits at least and only from 1e16 and below 1e-4.
 */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-Infinity" : "Infinity";
  const size = Math.abs(value);
  if (size < 1e16 && (size >= 1e-4 || size === 0)) {
    const text = Object.is(value, -0) ? "-0" : String(value);
    return text.includes(".") ? text : `${text}.0`;
  }
  const [mantissa, exponent = ""] = value.toExponential().split("e");
  return `${mantissa}e${exponent.slice(0, 1)}${exponent.slice(1).padStart(2, "0")}`;
}
