/** The ends of string literals, for scanners: functions that tell where the literal at a place ends, or that none begins there. */
export type StringEnd = (source: string, at: number, depth?: number) => number | undefined;

/** Texts within code within texts are followed to this depth, so that no cell exhausts the stack. */
const deepest = 50;

/** Text between two equal quotes, in which `escape` keeps the next character from ending it, or a doubled quote stands for one. */
export function quoted(quote: string, { escape, doubled = false, lines = true }: QuoteRules = {}): StringEnd {
  return (source, start) => {
    if (!source.startsWith(quote, start)) return undefined;
    let at = start + quote.length;
    while (at < source.length) {
      if (source[at] === escape && escape !== undefined) at += 2;
      else if (!source.startsWith(quote, at)) {
        if (!lines && source[at] === "\n") return at;
        at += 1;
      } else if (doubled && source.startsWith(quote, at + quote.length)) at += 2 * quote.length;
      else return at + quote.length;
    }
    return source.length;
  };
}

interface QuoteRules {
  readonly escape?: string;
  readonly doubled?: boolean;
  /** Whether it may go over several lines. Default: true. */
  readonly lines?: boolean;
}

/** Text that an expression matches whole; the expression must be sticky. */
export function matching(expression: RegExp): StringEnd {
  return (source, at) => {
    expression.lastIndex = at;
    const found = expression.exec(source)?.[0];
    return found === undefined ? undefined : at + found.length;
  };
}

/** The first that begins here. */
export function oneOf(...kinds: readonly StringEnd[]): StringEnd {
  return (source, at, depth) => {
    for (const kind of kinds) {
      const end = kind(source, at, depth);
      if (end !== undefined) return end;
    }
    return undefined;
  };
}

/**
 * Text in which code may stand: between quotes, code between `open` and its `close`, whose own strings `inner` finds.
 * Shells, Julia and JavaScript's templates have such.
 */
export function interpolated(
  quote: string,
  escape: string,
  open: string,
  close: string,
  inner: () => StringEnd,
): StringEnd {
  return (source, start, depth = 0) => {
    if (!source.startsWith(quote, start)) return undefined;
    let at = start + quote.length;
    while (at < source.length) {
      if (source[at] === escape) at += 2;
      else if (source.startsWith(quote, at)) return at + quote.length;
      else if (source.startsWith(open, at)) at = bracketEnd(source, at + open.length, close, inner(), depth + 1);
      else at += 1;
    }
    return source.length;
  };
}

/** Past the bracket that closes what begins at `start`; the end of the source where none does, or where it is nested too deeply. */
export function bracketEnd(source: string, start: number, close: string, inner: StringEnd, nesting = 0): number {
  if (nesting > deepest) return source.length;
  const open = { ")": "(", "}": "{", "]": "[" }[close];
  let at = start;
  let depth = 1;
  while (at < source.length) {
    const end = inner(source, at, nesting);
    if (end !== undefined && end > at) {
      at = end;
      continue;
    }
    if (source[at] === open) depth += 1;
    if (source[at] === close) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  return source.length;
}
