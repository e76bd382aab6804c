import { messageOf } from "../../text/message-of.ts";
/** What one check came to. */
export interface Finding {
  /** What was looked at: `work`, `kernel`, `input`. */
  readonly what: string;
  /** Which one, as messages name it; empty where there is but one. */
  readonly name: string;
  readonly status: "ok" | "failed" | "not-checked";
  /** What was found, or why nothing was looked at. */
  readonly detail: string;
  /** What was thrown; empty unless it failed. */
  readonly failures: readonly unknown[];
}

/** What a look at something tells when all is well; `skipped` where it was not looked at. */
export type Told = string | { readonly skipped: string };

/** Looks at one thing; what it throws is the finding. */
export async function finding(what: string, name: string, look: () => Promise<Told>): Promise<Finding> {
  try {
    const told = await look();
    if (typeof told === "string") return { what, name, status: "ok", detail: told, failures: [] };
    return { what, name, status: "not-checked", detail: told.skipped, failures: [] };
  } catch (error) {
    const detail = messageOf(error);
    return { what, name, status: "failed", detail, failures: [error] };
  }
}

export const needsService = { skipped: "it lies on a service, and none is asked" };
