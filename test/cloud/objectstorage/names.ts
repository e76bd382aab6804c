import { badRequest } from "./refusals.ts";

/** @throws {Refusal} 400 InvalidBucketName */
export function checkBucketName(name: string): void {
  if (!/^[A-Za-z0-9._-]{1,256}$/.test(name)) {
    throw badRequest(
      "InvalidBucketName",
      `The bucket name '${name}' is not valid: letters, digits, hyphens, underscores and periods, at most 256 of them.`,
    );
  }
}

/** @throws {Refusal} 400 InvalidObjectName */
export function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(name);
  // oxlint-disable-next-line no-control-regex -- these three are what the service forbids
  if (bytes === 0 || bytes > 1024 || /[\n\r\u0000]/.test(name)) {
    throw badRequest(
      "InvalidObjectName",
      "The object name is not valid: 1 to 1,024 bytes of UTF-8 without newline, carriage return or NUL.",
    );
  }
}

/** Orders names as the service lists them: by the bytes of their UTF-8, which for text beyond U+FFFF is not JavaScript's order. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // Surrogates stand for characters above all others, but are below U+E000 as code units.
    if (x !== y) return (x >= 0xd800 && x < 0xe000 ? x + 0x10000 : x) - (y >= 0xd800 && y < 0xe000 ? y + 0x10000 : y);
  }
  return a.length - b.length;
}
