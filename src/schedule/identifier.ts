/**
 * A name as Data Integration's identifiers are written: upper-case letters, digits and underscores, no digit first. The
 * console makes them in the same way.
 */
export function identifierOf(name: string): string {
  const upper = name.toUpperCase().replaceAll(/[^A-Z0-9_]+/g, "_");
  return /^[0-9]/.test(upper) || upper === "" ? `_${upper}` : upper;
}
