import { createHash } from "node:crypto";
import type { Body } from "./plan/resource.ts";

/**
 * What nbjob makes carries a mark at the end of its description, `[nbjob 1a2b3c4d5e6f]`: that it is nbjob's, and a digest of
 * what it was made from. A published task is a copy, description and all, so that the mark tells which version it is of.
 */
const pattern = /\[nbjob ([0-9a-f]{12})\]$/;

/**
 * The body with a marked description.
 * @param also what else is to make another mark, though it is not in the body
 */
export function marked(body: Body, description: string, also?: unknown): Body {
  const digest = createHash("sha256")
    .update(JSON.stringify([body, also]))
    .digest("hex")
    .slice(0, 12);
  return { ...body, description: `${description} [nbjob ${digest}]` };
}

/** Whether a description is of something that nbjob made. */
export function isMarked(description: string | undefined): boolean {
  return pattern.test(description ?? "");
}
