import { normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { NbjobError, type Reason } from "../../text/errors.ts";
import type { Location } from "../location.ts";
import { hidden } from "./display.ts";
import { resolveRelative } from "./join.ts";
import { rawFileUrl } from "./raw-file-url.ts";

export interface ParseLocationOptions {
  /** What relative paths start from. Without it they start from the process's working directory. */
  readonly baseFolder?: Location;
  /** What a leading `~/` stands for. Without it, it is a folder of that name. */
  readonly home?: string;
  /** Reason of the error for a text that is no location. @default "invalid-job-file" */
  readonly reason?: Reason;
}

/** Most bytes of an object's name that Object Storage takes. */
const longestObjectName = 1024;

/**
 * Reads a location as people write it: a path, `file:///…`, `http(s)://…`, or `oci://bucket@namespace/object`.
 * Nothing is trimmed: an object's name is exact, from the first slash after the namespace to the last character.
 * A page of a file on GitHub or GitLab becomes the URL of the file itself.
 *
 * @throws NbjobError with `options.reason` and one sentence that says what is wrong with the text
 */
export function parseLocation(text: string, options: ParseLocationOptions = {}): Location {
  const refuse = (message: string, remedy?: string): never => {
    throw new NbjobError(options.reason ?? "invalid-job-file", message, remedy === undefined ? {} : { remedy });
  };
  if (text.trim() === "") return refuse("A location is empty.");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):(\/{0,2})/.exec(text);
  const name = scheme?.[1]?.toLowerCase();
  const slashes = scheme?.[2];
  if (name === "oci" && slashes === "//") return parseOci(text, refuse);
  if ((name === "https" || name === "http") && slashes === "//") return parseHttp(text, refuse);
  if (name === "file" && slashes !== "") return parseFileUrl(text, refuse);
  if (name === "oci" || name === "http" || name === "https" || name === "file") {
    return refuse(`"${name === "oci" ? text : hidden(text)}" lacks a slash: ${name}: is followed by two.`);
  }
  if (slashes === "//") {
    return refuse(
      `"${name}://" is not a kind of location that nbjob knows.`,
      "Write a path, file:///…, https://… or oci://bucket@namespace/object.",
    );
  }
  return parsePath(text, options, refuse);
}

type Refuse = (message: string, remedy?: string) => never;

/** URL parsers encode spaces, cut at `?` and `#` and lose the difference between `%20` and a space: a pattern does not. */
function parseOci(text: string, refuse: Refuse): Location {
  const form = "Write oci://bucket@namespace/object.";
  const [, authority = "", object = ""] = /^[^/]*\/\/([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
  const [bucket = "", namespace, ...more] = authority.split("@");
  if (namespace === undefined || namespace === "") {
    return refuse(`"${text}" does not say which namespace its bucket is in.`, form);
  }
  if (bucket === "") return refuse(`"${text}" does not name a bucket.`, form);
  if (more.length > 0) return refuse(`"${text}" has more than one @ before its first slash.`, form);
  for (const [what, value] of [
    ["bucket", bucket],
    ["namespace", namespace],
  ] as const) {
    if (!/^[\w.-]+$/.test(value) || /^\.\.?$/.test(value)) {
      return refuse(
        `"${value}" is not the name of a ${what}: letters, digits, dots, dashes and underscores are.`,
        form,
      );
    }
  }
  const wrong = objectNameProblem(object);
  return wrong === undefined ? { kind: "oci", bucket, namespace, object } : refuse(`"${text}" ${wrong}.`);
}

/** Why Object Storage would refuse a name, as the end of a sentence; undefined for a good one. */
export function objectNameProblem(object: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- these three are what the service refuses
  if (/[\0\r\n]/.test(object)) return "has a line break or a NUL in its name, which Object Storage does not take";
  if (object === "." || object === "..") return "names an object that no URL can reach";
  if (!object.isWellFormed()) return "has a name that is not Unicode text";
  if (Buffer.byteLength(object) > longestObjectName) return `has a name of more than ${longestObjectName} bytes`;
  return undefined;
}

function parseHttp(text: string, refuse: Refuse): Location {
  if (!URL.canParse(text)) return refuse(`"${hidden(text)}" is not a valid URL.`);
  const url = new URL(text);
  // The fragment is never sent: #L10 on a pasted link says where to look, not what to fetch.
  url.hash = "";
  return { kind: "http", url: rawFileUrl(url).href };
}

function parseFileUrl(text: string, refuse: Refuse): Location {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.host !== "" && url.host !== "localhost")) {
    return refuse(`"${text}" does not name a file on this machine.`, "Write file:///path, with three slashes.");
  }
  if (url.search !== "" || url.hash !== "") {
    return refuse(
      `"${text}" has a ? or # in it.`,
      "In a file:// URL they are written %3F and %23; in a plain path as they are.",
    );
  }
  url.host = "";
  try {
    return { kind: "file", path: normalize(fileURLToPath(url)) };
  } catch {
    return refuse(`"${text}" is not a valid file:// URL.`);
  }
}

function parsePath(text: string, { baseFolder, home }: ParseLocationOptions, refuse: Refuse): Location {
  if (text.includes("\0")) return refuse("A path has a NUL character in it.");
  const path = home !== undefined && /^~(?:\/|$)/.test(text) ? home + text.slice(1) : text;
  if (baseFolder !== undefined && baseFolder.kind !== "file" && !path.startsWith("/")) {
    const location = resolveRelative(baseFolder, path);
    if (location === undefined)
      return refuse(`"${text}" leads out of the ${baseFolder.kind === "oci" ? "bucket" : "host"}.`);
    const wrong = location.kind === "oci" ? objectNameProblem(location.object) : undefined;
    return wrong === undefined ? location : refuse(`"${text}" ${wrong}.`);
  }
  const folder = /(?:^|\/)\.{0,2}$/.test(path);
  const absolute = normalize(resolve(baseFolder?.kind === "file" ? baseFolder.path : ".", path));
  return { kind: "file", path: folder && !absolute.endsWith("/") ? `${absolute}/` : absolute };
}
