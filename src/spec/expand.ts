/** The values that `${NAME}` takes: the run's environment. */
export type Variables = Readonly<Record<string, string | undefined>>;

export type Expanded =
  | { readonly text: string }
  | { readonly unknown: readonly string[] }
  | { readonly malformed: true };

/**
 * Replaces `${NAME}` by the variable's value and `$$` by a dollar, once: what a value brings in is not expanded again.
 * Any other dollar stands for itself. Names are those of a shell: letters, digits and underscores, no digit first.
 * Only locations and the values of `environment.variables` are expanded, never parameters, arguments or keys. A name that
 * is not set is an error in both: left as it stands, it would make a folder called `${JOB_RUN_OCD}`.
 */
export function expand(text: string, variables: Variables): Expanded {
  const unknown: string[] = [];
  let malformed = false;
  const expanded = text.replaceAll(/\$\$|\$\{([^}]*)\}?/g, (match, name: string | undefined) => {
    if (match === "$$") return "$";
    if (name === undefined || !match.endsWith("}") || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      malformed = true;
      return match;
    }
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) unknown.push(name);
    return value ?? match;
  });
  if (malformed) return { malformed };
  return unknown.length > 0 ? { unknown: [...new Set(unknown)] } : { text: expanded };
}

/** Text in which nothing is left to expand: `expand` gives back exactly `text`. */
export function escapeDollars(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** The names that `expand` would look up in a text. */
export function namesIn(text: string): readonly string[] {
  const found = [...text.matchAll(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g)];
  return found.flatMap(([, name]) => (name === undefined ? [] : [name]));
}
