import { grouped } from "../grouped.ts";
import type { Problem } from "../../text/errors.ts";

/** The largest job file that is read. The caller's store refuses more before it is here. */
export const maxJobFileBytes = 1024 * 1024;

/** The text of a document's bytes, or the one problem that makes reading on pointless. A byte-order mark is dropped. */
export function decodeText(bytes: Uint8Array): { readonly text: string } | { readonly problem: Problem } {
  if (bytes.length > maxJobFileBytes) {
    return {
      problem: {
        message: `It has ${grouped(bytes.length)} bytes; a job file has at most ${grouped(maxJobFileBytes)}.`,
        remedy: "Is this the job file, and not the notebook or the data it names?",
      },
    };
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { problem: { message: "It is UTF-16 text.", line: 1, column: 1, remedy: "Save it as UTF-8." } };
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const offset = validPrefix(bytes);
    const before = new TextDecoder().decode(bytes.subarray(0, offset));
    const lineStart = before.lastIndexOf("\n") + 1;
    return {
      problem: {
        message: `Byte ${offset + 1} is not UTF-8.`,
        line: before.split("\n").length,
        column: before.length - lineStart + 1,
        remedy: "Save it as UTF-8.",
      },
    };
  }
}

/** How many bytes from the start are whole UTF-8 characters: a binary search over the decoder itself. */
function validPrefix(bytes: Uint8Array): number {
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isPrefix(bytes.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  // A character cut off at the very end counts as a prefix: go back to where it began.
  while (low > 0 && !isWhole(bytes.subarray(0, low))) low--;
  return low;
}

function isPrefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function isWhole(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
