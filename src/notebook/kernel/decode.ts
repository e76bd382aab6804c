/**
 * Bytes to a `Message`, forgiving what real kernels leave out. Unreadable is only a message without a type,
 * or whose content is no JSON: an empty one in its place would hide that something was lost.
 */
import { parseJson } from "../nbformat/json-reader.ts";
import type { Json } from "../nbformat/types.ts";
import type { Channel, Header, JsonObject, Message } from "./connection.ts";
import type { Signed } from "./wire.ts";

/** Types whose values are kept in the notebook as they are, so that their numbers must not change: 1.0, 20 digits, NaN. */
const exact = new Set([
  "display_data",
  "update_display_data",
  "execute_result",
  "comm_open",
  "comm_msg",
  "kernel_info_reply",
]);

/** The message, or what makes it unreadable. */
export function decode(channel: Channel, signed: Signed): Message | { readonly fault: string } {
  const header = asHeader(parse(signed.header, false));
  if (header === undefined) return { fault: "its header names no type" };
  const content = parse(signed.content, exact.has(header.msg_type));
  if (content === undefined) return { fault: `the content of its ${header.msg_type} is not JSON` };
  return {
    channel,
    header,
    parent_header: asHeader(parse(signed.parent, false)),
    metadata: asObject(parse(signed.metadata, false)),
    content: asObject(content),
    buffers: signed.buffers,
  };
}

/** True for what came out of JSON as an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined for `{}`, which stands for "no parent", and for what is no header. */
function asHeader(value: Json | undefined): Header | undefined {
  const object = asObject(value);
  const text = (key: string): string | undefined => (typeof object[key] === "string" ? object[key] : undefined);
  const [type, subshell] = [text("msg_type"), text("subshell_id")];
  if (type === undefined) return undefined;
  return {
    msg_id: text("msg_id") ?? "",
    msg_type: type,
    session: text("session") ?? "",
    username: text("username") ?? "",
    date: text("date"),
    version: text("version"),
    ...(subshell === undefined ? {} : { subshell_id: subshell }),
  };
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** What the frame says; undefined where it is no JSON, not even Python's with its NaN. Bytes that are no UTF-8 become U+FFFD. */
function parse(frame: Uint8Array, isExact: boolean): Json | undefined {
  const text = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString("utf8");
  try {
    const value: Json = isExact ? JSON.parse(text, keepNumber) : JSON.parse(text);
    return value;
  } catch {
    return parseAsPython(text);
  }
}

function parseAsPython(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/**
 * A reviver: numbers that Python would write differently than JavaScript are left to the notebook's own reader.
 * `source` is the number's text, which V8 passes since Node 21; much quicker than reading everything in JavaScript.
 */
function keepNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  const { source } = context;
  return String(value) === source && !source.includes("e") ? value : parseJson(source);
}
