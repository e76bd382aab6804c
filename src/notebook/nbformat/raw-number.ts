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
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    const digits = String(Math.abs(power)).padStart(2, "0");
    return `${Object.is(value, -0) ? "-0" : mantissa}e${power < 0 ? "-" : "+"}${digits}`;
  }
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${digits}`;
  const padded = digits.padEnd(power + 2, "0");
  return `${sign}${padded.slice(0, power + 1)}.${padded.slice(power + 1)}`;
}
