import type { ScalarNode } from "./node.ts";
import { resolveFloat, resolveInteger, resolvePlain } from "./scalar.ts";

/** The tag as written, `!!str`; an empty text where there is none. */
export function tagOf(text: string, event: { readonly tagStart: number; readonly tagEnd: number }): string {
  return event.tagStart < 0 ? "" : text.slice(event.tagStart, event.tagEnd);
}

/** The value of a scalar with one of the core schema's tags; undefined for other tags, and where tag and text disagree. */
export function resolveTagged(tag: string, content: string): ScalarNode["value"] | undefined {
  if (tag === "!!str") return content;
  if (tag === "!!int") return resolveInteger(content);
  if (tag === "!!float") return resolveFloat(content);
  const value = resolvePlain(content);
  if (tag === "!!bool") return typeof value === "boolean" ? value : undefined;
  return tag === "!!null" && value === null ? null : undefined;
}
