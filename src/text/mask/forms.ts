/**
 * The shapes in which a secret may turn up in output. Masking stays best effort: a program that prints a secret
 * backwards, or one letter a line, gets through.
 */

/** Every other way in which a value may be written, as text or bytes; the value itself comes first. */
export function formsOf(value: string | Uint8Array): readonly Uint8Array[] {
  const bytes = typeof value === "string" ? Buffer.from(value) : Buffer.from(value);
  const text = bytes.toString("utf8");
  const isText = Buffer.from(text).equals(bytes);
  const texts = isText ? textForms(text) : [];
  return unique([bytes, ...base64Forms(bytes), ...texts.map((form) => Buffer.from(form))]);
}

/**
 * What of a value is secret on its own: the whole, every line of it, and every string within a JSON document,
 * because programs print one line of a key and one password of a file.
 */
export function partsOf(value: string): readonly string[] {
  const trimmed = value.trim();
  const lines = trimmed.split(/\r\n|\r|\n/).map((line) => line.trim());
  const telling = lines.length > 1 ? lines.filter((line) => new Set(line).size > 2) : [];
  return [...new Set([value, trimmed, ...telling, ...jsonStrings(trimmed)])];
}

function jsonStrings(text: string): readonly string[] {
  if (!text.startsWith("{") && !text.startsWith("[")) return [];
  const found: string[] = [];
  try {
    JSON.parse(text, (_, value: unknown) => {
      if (typeof value === "string") found.push(value);
      return value;
    });
  } catch {
    return [];
  }
  return found;
}

/**
 * Base64 of the bytes wherever they stand in a longer text: at each of three shifts, without the characters
 * at the edges that depend on the neighbours; in the standard and in the URL alphabet.
 */
export function base64Forms(bytes: Uint8Array): readonly Uint8Array[] {
  const forms: string[] = [];
  for (let shift = 0; shift < 3; shift++) {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replaceAll("=", "");
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor(((shift + bytes.length) * 8) / 6);
    const stable = encoded.slice(first, last);
    forms.push(stable);
    // Encoded by itself nothing of it depends on neighbours.
    if (shift === 0) forms.push(encoded, Buffer.from(bytes).toString("base64"));
  }
  forms.push(...forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")));
  return forms.map((form) => Buffer.from(form));
}

function textForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = escapeNonAscii(json);
  const uri = encodeURIComponent(text.toWellFormed());
  // What encodeURIComponent leaves and RFC 3986 reserves.
  const strictUri = uri.replaceAll(/[!'()*]/g, (char) => `%${hex(char.charCodeAt(0), 2).toUpperCase()}`);
  const uris = [uri, strictUri, uri.replaceAll("%2F", "/"), strictUri.replaceAll("%2F", "/")];
  const html = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [
    json,
    json.replaceAll("/", String.raw`\/`),
    ascii,
    ...uris,
    ...uris.map((form) => form.replaceAll("%20", "+")),
    ...uris.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    ...reprForms(text),
    text.replaceAll("'", `'"'"'`),
    text.replaceAll("'", `'\\''`),
    html,
    html.replaceAll('"', "&quot;"),
    html.replaceAll('"', "&quot;").replaceAll("'", "&#x27;"),
    html.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    text.replaceAll(/\r\n|\r|\n/g, "\n"),
    text.replaceAll(/\r\n|\r|\n/g, "\r\n"),
  ];
}

/** Python's repr of str and of bytes and its ascii(), in either quote, and Go's %q. */
function reprForms(text: string): readonly string[] {
  const slashed = text.replaceAll("\\", "\\\\");
  const repr = escapePython(slashed, unprintable);
  const ascii = escapePython(slashed, unprintableOrForeign);
  const bytes = [...Buffer.from(slashed)]
    .map((byte) => escapePython(String.fromCharCode(byte), unprintableOrForeign))
    .join("");
  return [
    repr,
    repr.replaceAll('"', String.raw`\"`),
    ...[repr, ascii, bytes].flatMap((form) => [form, form.replaceAll("'", String.raw`\'`)]),
    escapeNonAscii(repr),
  ];
}

/** str.isprintable(): Unicode's "other" and "separator", the plain blank apart. */
const unprintable = /(?! )[\p{C}\p{Z}]/gu;
const unprintableOrForeign = /(?! )[\p{C}\p{Z}]|[^ -~]/gu;

function escapePython(text: string, which: RegExp): string {
  const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return text.replaceAll(which, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return (
      named[char] ??
      (code < 0x100 ? `\\x${hex(code, 2)}` : code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`)
    );
  });
}

function escapeNonAscii(text: string): string {
  return text.replaceAll(/[\u007f-\uffff]/g, (char) => `\\u${hex(char.charCodeAt(0), 4)}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

function unique(forms: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(forms.map((form) => [Buffer.from(form).toString("latin1"), form])).values()];
}
