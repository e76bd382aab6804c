/**
 * The wire of Jupyter messaging over ZeroMQ, as "Messaging in Jupyter" lays it down:
 * identities or a topic, the delimiter, HMAC, header, parent header, metadata, content, then binary buffers.
 * The HMAC covers exactly the four JSON frames, never the buffers. An empty key means no signing and an empty HMAC frame.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

const delimiter = Buffer.from("<IDS|MSG>");
const empty = Buffer.alloc(0);

/** The four signed frames, still as bytes, and the buffers after them. */
export interface Signed {
  readonly header: Uint8Array;
  readonly parent: Uint8Array;
  readonly metadata: Uint8Array;
  readonly content: Uint8Array;
  readonly buffers: readonly Uint8Array[];
}

/** Frames to send on a DEALER, which adds no identity of its own. */
export function pack(message: Signed, key: string): Uint8Array[] {
  const { header, parent, metadata, content, buffers } = message;
  return [delimiter, sign(message, key), header, parent, metadata, content, ...buffers];
}

/** The message in these frames, or why it is none. */
export function unpack(frames: readonly Uint8Array[], key: string): Signed | { readonly fault: string } {
  // A topic may be anything, an identity too; the first frame that is the delimiter ends them.
  const at = frames.findIndex((frame) => frame.length === delimiter.length && delimiter.equals(frame));
  if (at < 0) return { fault: "no delimiter" };
  const [signature, header, parent, metadata, content] = frames.slice(at + 1, at + 6);
  if (!signature || !header || !parent || !metadata || !content) return { fault: "frames are missing" };
  const message: Signed = { header, parent, metadata, content, buffers: frames.slice(at + 6) };
  if (key === "") return message;
  const expected = sign(message, key);
  const equal = signature.length === expected.length && timingSafeEqual(signature, expected);
  return equal ? message : { fault: "bad signature" };
}

function sign({ header, parent, metadata, content }: Signed, key: string): Uint8Array {
  if (key === "") return empty;
  const hmac = createHmac("sha256", key);
  hmac.update(header).update(parent).update(metadata).update(content);
  return Buffer.from(hmac.digest("hex"), "latin1");
}
