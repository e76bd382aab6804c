import { RawNumber } from "../nbformat/raw-number.ts";
import type { Json, Metadata, MimeBundle } from "../nbformat/types.ts";
import type { Mask } from "./mask-window.ts";

/** Base64 in which a short secret could be found by chance; masking would break the picture. */
const binary = /^(?:image\/(?!svg)|audio\/|video\/|application\/(?:pdf|octet-stream|zip))/;

/** Every text of a JSON value masked, its keys too. Numbers stay as they are. */
export function maskJson(value: Json, mask: Mask): Json {
  if (typeof value === "string") return mask(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => maskJson(item, mask));
  if (value instanceof RawNumber) return value;
  return maskEntries(value, mask);
}

function maskEntries(value: { [key: string]: Json }, mask: Mask): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [mask(key), maskJson(item, mask)]));
}

/** A display masked, but for what holds binary data as base64. */
export function maskDisplay(
  { data, metadata }: { readonly data: MimeBundle; readonly metadata: Metadata },
  mask: Mask,
): { data: MimeBundle; metadata: Metadata } {
  return { data: maskBundle(data, mask), metadata: maskEntries(metadata, mask) };
}

function maskBundle(bundle: MimeBundle, mask: Mask): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([mime, data]) => [mime, binary.test(mime) ? data : maskJson(data, mask)]),
  );
}
