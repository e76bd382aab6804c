/** What a scanner must know of a language to tell statements, strings and comments apart. */
export interface Lexicon {
  /** What begins a comment that ends with its line. */
  readonly lineComment: RegExp;
  readonly blockComment?: { readonly open: string; readonly close: string; readonly nests: boolean };
  /** Where the string literal that begins at `at` ends; undefined where none begins there. */
  stringEnd(source: string, at: number): number | undefined;
  /** What joins a line with the next, when it stands last on it. */
  readonly continuation?: string;
  /** Lines that are not of the language, as magics; tested where a statement begins. */
  readonly foreign?: RegExp;
  /** Whether a line that ends with an assignment's sign goes on. */
  readonly continuesAfterEquals?: boolean;
}

/** One statement, comments removed and on one line (but for the line breaks inside strings). */
export interface Statement {
  readonly text: string;
  /** Columns before its line's first statement. */
  readonly indent: number;
  /** Whether another one stands before it on the same line. */
  readonly follows: boolean;
  /** The comment that follows it on its last line, without its sign. */
  readonly comment: string | undefined;
  /** Signs outside all brackets and strings, in order, with their places in the text. */
  readonly marks: readonly Mark[];
}

export interface Mark {
  readonly sign: string;
  readonly at: number;
}

/** The signs that tell an assignment from a comparison and its like, longest first: `==` and `+=` are no `=`, `=-` is one and a minus. */
const sign = /===?|=>|!==?|<<-|<-|<=|>=|\*\*=|\/\/=|>>=|<<=|[-+*/%@&|^~?:]=|::|[,:=]/y;

/** The statements of a source, in order. Never throws: what it cannot read it takes for code. */
export function scan(source: string, lexicon: Lexicon): Statement[] {
  return new Scanner(source.replaceAll(/\r\n?/g, "\n"), lexicon).statements();
}

class Scanner {
  readonly #source: string;
  readonly #lexicon: Lexicon;
  readonly #statements: Statement[] = [];
  #at = 0;
  #text = "";
  #indent = 0;
  #depth = 0;
  #marks: Mark[] = [];
  /** A line break was passed inside the statement: the next code is joined with a space where words would touch. */
  #folded = false;
  /** A statement ended at `;` on this line. */
  #sameLine = false;

  constructor(source: string, lexicon: Lexicon) {
    this.#source = source;
    this.#lexicon = lexicon;
  }

  statements(): Statement[] {
    while (this.#at < this.#source.length) this.#step();
    this.#end(undefined);
    return this.#statements;
  }

  #step(): void {
    const { foreign, lineComment, blockComment, continuation } = this.#lexicon;
    const source = this.#source;
    const at = this.#at;
    const character = source[at] ?? "";
    if (this.#text === "" && foreign !== undefined && this.#matches(foreign) !== undefined) return this.#skipLine();
    if (this.#matches(lineComment) !== undefined) return this.#comment();
    if (blockComment !== undefined && source.startsWith(blockComment.open, at)) return this.#blockComment(blockComment);
    if (continuation !== undefined && source.startsWith(`${continuation}\n`, at)) {
      this.#at += continuation.length + 1;
      this.#folded = true;
      return;
    }
    const end = this.#lexicon.stringEnd(source, at);
    if (end !== undefined) return this.#take(end);
    if (character === "\n") return this.#newline();
    if (character === ";" && this.#depth === 0) {
      this.#at += 1;
      this.#end(undefined);
      this.#sameLine = true;
      return;
    }
    const signs = this.#depth === 0 ? this.#matches(sign) : undefined;
    if (signs !== undefined) {
      this.#take(at + signs.length);
      this.#marks.push({ sign: signs, at: this.#text.length - signs.length });
      return;
    }
    if ("([{".includes(character)) this.#depth += 1;
    if (")]}".includes(character)) this.#depth = Math.max(0, this.#depth - 1);
    this.#take(at + 1);
  }

  /** The text that matches at this place; the expression must be sticky. */
  #matches(expression: RegExp): string | undefined {
    expression.lastIndex = this.#at;
    return expression.exec(this.#source)?.[0];
  }

  #take(end: number): void {
    const piece = this.#source.slice(this.#at, end);
    if (this.#text === "" && piece.trim() === "") {
      this.#at = end;
      return;
    }
    if (this.#text === "" && !this.#sameLine)
      this.#indent = this.#at - (this.#source.lastIndexOf("\n", this.#at - 1) + 1);
    if (this.#folded) {
      if (piece.trim() === "") {
        this.#at = end;
        return;
      }
      this.#text = this.#text.trimEnd();
      if (!/[([{]$/.test(this.#text) && !/^[)\]}]/.test(piece)) this.#text += " ";
      this.#folded = false;
    }
    this.#text += piece;
    this.#at = end;
  }

  #newline(): void {
    this.#at += 1;
    const open = this.#lexicon.continuesAfterEquals === true && /=\s*$/.test(this.#text);
    if (this.#depth > 0 || open) this.#folded = this.#text !== "";
    else {
      this.#end(undefined);
      this.#sameLine = false;
    }
  }

  #comment(): void {
    const start = this.#at + (this.#matches(this.#lexicon.lineComment)?.length ?? 0);
    const newline = this.#source.indexOf("\n", start);
    this.#at = newline === -1 ? this.#source.length : newline;
    if (this.#depth === 0) this.#end(this.#source.slice(start, this.#at).trim());
  }

  #blockComment({ open, close, nests }: NonNullable<Lexicon["blockComment"]>): void {
    const start = this.#at + open.length;
    let depth = 1;
    let at = start;
    while (depth > 0 && at < this.#source.length) {
      if (this.#source.startsWith(close, at)) {
        depth -= 1;
        at += close.length;
      } else if (nests && this.#source.startsWith(open, at)) {
        depth += 1;
        at += open.length;
      } else at += 1;
    }
    this.#at = at;
    if (this.#depth === 0 && this.#text !== "" && this.#matches(/[^\S\n]*(?:[\n;]|$)/y) !== undefined) {
      this.#end(this.#source.slice(start, at - (depth === 0 ? close.length : 0)).trim());
    }
  }

  #skipLine(): void {
    const newline = this.#source.indexOf("\n", this.#at);
    this.#at = newline === -1 ? this.#source.length : newline + 1;
  }

  /** Ends the statement. One that ended at `;` gets the comment of its line where nothing follows it there. */
  #end(comment: string | undefined): void {
    const text = this.#text.trimEnd();
    const last = this.#statements.at(-1);
    if (text !== "") {
      this.#statements.push({ text, indent: this.#indent, follows: this.#sameLine, comment, marks: this.#marks });
    } else if (comment !== undefined && last !== undefined && last.comment === undefined && this.#sameLine) {
      this.#statements[this.#statements.length - 1] = { ...last, comment };
    }
    this.#text = "";
    this.#marks = [];
    this.#depth = 0;
    this.#folded = false;
  }
}
