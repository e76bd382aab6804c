import type { Exchange } from "./exchange.ts";
import { Refusal } from "./refusal.ts";

/**
 * Refuses a change of something that is not as the client last saw it.
 * @throws {Refusal} 412 NoEtagMatch
 */
export function checkIfMatch(exchange: Exchange, etag: string): void {
  const wanted = exchange.header("if-match");
  if (wanted === undefined || wanted === "*" || wanted.replaceAll('"', "") === etag) return;
  throw new Refusal(412, "NoEtagMatch", "The If-Match header's value does not match the current version.");
}
