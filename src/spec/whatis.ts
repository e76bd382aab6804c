/** What a file named in a job file's place is. */
export type Kind = "job-file" | "notebook" | "artifact";

const artifactEndings = [
  ".py",
  ".sh",
  ".bash",
  ".r",
  ".jl",
  ".js",
  ".mjs",
  ".pl",
  ".rb",
  ".jar",
  ".zip",
  ".tar",
  ".gz",
  ".tgz",
  ".xz",
  ".zst",
  ".bin",
];

/**
 * Decides by the name's ending; where it says nothing, by the content: a notebook is JSON with an `nbformat`, a script
 * begins with `#!`, binary is an artifact, and any other text a job file. Undefined where content is needed and not given.
 */
export function whatIs(name: string, content?: Uint8Array): Kind | undefined {
  const lower = name.toLowerCase();
  if (/\.(?:ya?ml|json)$/.test(lower)) return "job-file";
  if (lower.endsWith(".ipynb")) return "notebook";
  if (artifactEndings.some((ending) => lower.endsWith(ending))) return "artifact";
  if (content === undefined) return undefined;
  const start = new TextDecoder("latin1").decode(content.subarray(0, 65_536));
  if (/^\s*\{/.test(start) && start.includes('"nbformat"')) return "notebook";
  return start.startsWith("#!") || start.includes("\0") ? "artifact" : "job-file";
}

/** Whether a name or its content is that of a job file. */
export function isJobFile(name: string, content?: Uint8Array): boolean {
  return whatIs(name, content) === "job-file";
}
