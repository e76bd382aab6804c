/** Outputs as the bytes they have in a notebook file: each begins with the separator that parts it from the one before. */
import { splitLines } from "../nbformat/lines.ts";
import type { Output } from "../nbformat/types.ts";
import { outputSeparator, outputText } from "../nbformat/write.ts";

export function encodeOutput(output: Exclude<Output, { output_type: "stream" }>): string {
  return outputSeparator + outputText(output);
}

/** The beginning of a stream output, up to its text. */
export function openStream(name: "stdout" | "stderr"): string {
  return `${outputSeparator}{\n     "name": "${name}",\n     "output_type": "stream",\n     "text": [`;
}

/** A stream output's list of lines, from text that comes in pieces; a piece need not end with a line. */
export class LineList {
  #begun: boolean;
  #inLine: boolean;

  constructor(begun = false, inLine = false) {
    this.#begun = begun;
    this.#inLine = inLine;
  }

  /** The same state, for a look ahead. */
  copy(): LineList {
    return new LineList(this.#begun, this.#inLine);
  }

  add(text: string): string {
    if (text === "") return "";
    const begin = this.#inLine ? "" : this.#begun ? nextLine : firstLine;
    const closed = lineEnd.test(text);
    this.#begun = true;
    this.#inLine = !closed;
    return begin + joinLines(text) + (closed ? '"' : "");
  }

  /** What ends the list and the output. */
  close(): string {
    return `${this.#inLine ? '"' : ""}${this.#begun ? "\n     ]" : "]"}\n    }`;
  }
}

const firstLine = '\n      "';
const nextLine = ',\n      "';

/** Lines as JSON strings, without the first one's opening quote and the last one's closing one. */
function joinLines(text: string): string {
  // Where no backslash is in the text, one in its JSON before an n is a line end: no need to look at every line.
  if (!otherLineEnds.test(text) && !text.includes("\\")) {
    const body = JSON.stringify(text.endsWith("\n") ? text.slice(0, -1) : text).slice(1, -1);
    return body.replaceAll("\\n", `\\n"${nextLine}`) + (text.endsWith("\n") ? "\\n" : "");
  }
  return splitLines(text)
    .map((line) => JSON.stringify(line).slice(1, -1))
    .join(`"${nextLine}`);
}

// Python's line ends, which nbformat goes by.
const otherLineEnds = /[\r\v\f\x1c-\x1e\x85\u2028\u2029]/;
const lineEnd = /[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]$/;
