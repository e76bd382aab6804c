/**
 * What stands in the texts of a REST task: `${NAME}`, a parameter or one of the system's, put in as it is, and
 * `#{NAME}`, a typed expression of the execute response, in whatever is used after it.
 */
const placeholder = /([$#])\{([^{}]*)\}/g;

export class UnknownName extends Error {
  override readonly name = "UnknownName";
}

export interface Names {
  readonly parameters: Readonly<Record<string, string>>;
  /** Undefined while there is no response yet. */
  readonly expressions?: Readonly<Record<string, string>> | undefined;
}

/** The system's names that texts may hold, but for those of responses. */
export const systemNames = ["SYS.REGION", "SYS.WORKSPACE_ID", "SYS.APPLICATION_KEY"] as const;

/** @throws {UnknownName} */
export function substitute(text: string, { parameters, expressions }: Names): string {
  return text.replaceAll(placeholder, (whole, sign: string, name: string) => {
    const values = sign === "$" ? parameters : (expressions ?? {});
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) return value;
    throw new UnknownName(`${whole} is neither a parameter nor an expression that is known there.`);
  });
}

/** The placeholders of a text. */
export function placeholders(text: string): readonly { readonly sign: string; readonly name: string }[] {
  return [...text.matchAll(placeholder)].map(([, sign = "", name = ""]) => ({ sign, name }));
}
