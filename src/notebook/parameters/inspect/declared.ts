/** What a parameters cell says of one parameter. */
export interface DeclaredParameter {
  readonly name: string;
  /** As annotated, in the language's words, else what the default's literal is; undefined where neither tells. */
  readonly type?: string;
  /** The default as source; empty for a declaration without one. */
  readonly defaultText: string;
  /** The comment that follows the declaration. */
  readonly help?: string;
}

/** How one language declares parameters: reads a cell's source, never throws. */
export type Inspector = (source: string) => DeclaredParameter[];

/** What is assigned twice is declared once, where it stands first, with what it ends up as. */
export function lastOfEach(declared: readonly DeclaredParameter[]): DeclaredParameter[] {
  return [...new Map(declared.map((parameter) => [parameter.name, parameter])).values()];
}
