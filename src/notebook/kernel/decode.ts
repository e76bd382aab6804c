/** Bytes to a `Message`, forgiving what real kernels leave out; only bytes that are no JSON object make it unreadable. */
import type { Channel, Header, JsonObject, Message } from "./connection.ts";
import type { Signed } from "./wire.ts";

/** The message, or what makes it unreadable. */
export function decode(channel: Channel, signed: Signed): Message | { readonly fault: string } {
  const header = asHeader(parse(signed.header));
  if (!header) return { fault: "its header is not a JSON object with a msg_type" };
  return {
    channel,
    header,
    parent_header: asHeader(parse(signed.parent)),
    metadata: asObject(parse(signed.metadata)),
    content: asObject(parse(signed.content)),
    buffers: signed.buffers,
  };
}

function asHeader(value: unknown): Header | undefined {
  const object = asObject(value);
  const text = (key: string): string | undefined => (typeof object[key] === "string" ? object[key] : undefined);
  const subshell = text("subshell_id");
  const header: Header = {
    msg_id: text("msg_id") ?? "",
    msg_type: text("msg_type") ?? "",
    session: text("session") ?? "",
    username: text("username") ?? "",
    date: text("date"),
    version: text("version"),
    ...(subshell === undefined ? {} : { subshell_id: subshell }),
  };
  return header.msg_id === "" && header.msg_type === "" ? undefined : header;
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** True for what came out of JSON as an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(frame: Uint8Array): unknown {
  const text = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
