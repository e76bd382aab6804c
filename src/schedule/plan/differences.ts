export interface Difference {
  /** Dotted, as in `frequencyDetails.time.hour`; an item of a list by its name, where it has one. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * Where what is differs from what is to be. What the service adds by itself is no difference, and neither is what it does
 * not tell: a field that is written and never read back would be changed again each time.
 */
export function differences(wanted: unknown, actual: unknown, path = ""): readonly Difference[] {
  if (actual === undefined || actual === null || wanted === undefined) return [];
  if (Array.isArray(wanted) && Array.isArray(actual)) return ofLists(wanted, actual, path);
  if (isMap(wanted) && isMap(actual)) {
    return Object.entries(wanted).flatMap(([key, value]) =>
      differences(value, actual[key], path === "" ? key : `${path}.${key}`),
    );
  }
  return Object.is(wanted, actual) ? [] : [{ path, from: actual, to: wanted }];
}

function ofLists(wanted: readonly unknown[], actual: readonly unknown[], path: string): readonly Difference[] {
  if (!haveNames(wanted) || !haveNames(actual)) {
    if (wanted.length !== actual.length) return [{ path, from: actual, to: wanted }];
    return wanted.flatMap((item, index) => differences(item, actual[index], `${path}.${index}`));
  }
  const before = new Map(actual.map((item) => [nameOf(item), item]));
  const after = new Set(wanted.map(nameOf));
  return [
    ...wanted.flatMap((item) => {
      const name = nameOf(item);
      const is = before.get(name);
      return is === undefined
        ? [{ path: `${path}.${name}`, from: undefined, to: item }]
        : differences(item, is, `${path}.${name}`);
    }),
    ...actual
      .filter((item) => !after.has(nameOf(item)))
      .map((item) => ({ path: `${path}.${nameOf(item)}`, from: item, to: undefined })),
  ];
}

/** Whether items are told apart by their names. */
function haveNames(items: readonly unknown[]): boolean {
  const names = items.map(nameOf);
  return names.every((name) => name !== undefined) && new Set(names).size === names.length;
}

function nameOf(item: unknown): string | undefined {
  return isMap(item) && typeof item["name"] === "string" ? item["name"] : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
