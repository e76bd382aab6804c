import { extname } from "node:path";
import { displayLocation, isFolder, type Location, nameOf } from "../storage/location.ts";
import { ShellWordsError, splitShellWords } from "../text/shellwords.ts";
import { readGit } from "./git-source.ts";
import type { Work } from "./jobspec.ts";
import type { Reader } from "./reader.ts";
import type { JobFileDocument } from "./schema/jobfile.ts";

/** What runs: noteBook, or artifact or git with arguments. Undefined with a problem. */
export function readWork(document: JobFileDocument, broken: ReadonlySet<string>, reader: Reader): Work | undefined {
  const notebook = document.noteBook === undefined ? undefined : reader.location(["noteBook"]);
  const artifact = document.artifact === undefined ? undefined : reader.location(["artifact"]);
  const sha256 = document.sha256?.toLowerCase();
  const words = readArguments(document, reader);
  const [first, second] = (["noteBook", "artifact", "git"] as const).filter((key) => document[key] !== undefined);
  if (first !== undefined && second !== undefined) {
    reader.complain([second], `${second} and ${first} are both given, and one job runs one of them.`, "Remove one.");
    return undefined;
  }
  if (document.noteBook !== undefined) {
    if (document.arguments !== undefined) {
      reader.complain(["arguments"], "arguments belong to an artifact.", "Give a notebook parameters.");
    }
    return notebook === undefined ? undefined : { kind: "notebook", location: notebook, sha256 };
  }
  const { entrypoint, workingDirectory, pythonPath = [] } = document;
  const inside = { entrypoint, arguments: words, workingDirectory, pythonPath };
  if (document.git !== undefined) {
    if (sha256 !== undefined)
      reader.complain(
        ["sha256"],
        "sha256 pins the bytes of one file; a repository's are pinned by commit.",
        "Remove it.",
      );
    const git = readGit(document.git, reader);
    return git === undefined ? undefined : { kind: "repository", git, ...inside };
  }
  if (document.artifact === undefined) {
    if (!["noteBook", "artifact", "git"].some((key) => broken.has(key))) {
      reader.complain(
        [],
        "None of noteBook, artifact and git is given, and Data Science has mounted no work.",
        "Add a line such as noteBook: analysis.ipynb.",
      );
    }
    return undefined;
  }
  if (artifact === undefined) return undefined;
  if (extname(nameOf(artifact)).toLowerCase() === ".ipynb" && !isFolder(artifact))
    return { kind: "notebook", location: artifact, sha256 };
  const holdsMore = isFolder(artifact) || isArchive(artifact);
  // What an archive's entrypoint is, only the archive knows: it may be a notebook.
  for (const key of holdsMore ? [] : (["parameters", "notebookOptions"] as const)) {
    if (document[key] !== undefined && Object.keys(document[key]).length > 0) {
      reader.complain([key], `${key} belong to a notebook.`, "Give an artifact arguments or environment.variables.");
    }
  }
  for (const key of holdsMore ? [] : (["workingDirectory", "pythonPath"] as const)) {
    if (document[key] !== undefined) {
      reader.complain(
        [key],
        `${key} is inside an archive or a folder, and the artifact is a single file.`,
        "Remove it.",
      );
    }
  }
  if (isFolder(artifact) && sha256 !== undefined) {
    reader.complain(["sha256"], "sha256 pins the bytes of one file, and the artifact is a folder.", "Remove it.");
  }
  return { kind: "artifact", location: artifact, sha256, ...inside };
}

/** Where work comes from, as messages, logs and `run.json` show it. */
export function displayWork(work: Work): string {
  return work.kind === "repository" ? work.git.shown : displayLocation(work.location);
}

/** True for work that lies on this machine. */
export function isHere(work: Work): boolean {
  return work.kind === "repository" ? work.git.local : work.location.kind === "file";
}

function isArchive(location: Location): boolean {
  return /\.(zip|tar|tar\.(gz|xz|zst)|tgz|txz|tzst)$/i.test(nameOf(location));
}

function readArguments(document: JobFileDocument, reader: Reader): readonly string[] {
  if (document.arguments === undefined) return [];
  if (typeof document.arguments !== "string")
    return document.arguments.map((_, index) => reader.text(["arguments", index]));
  try {
    return splitShellWords(document.arguments);
  } catch (error) {
    if (!(error instanceof ShellWordsError)) throw error;
    const position = `at character ${error.index + 1}`;
    reader.complain(
      ["arguments"],
      `arguments cannot be split: ${lowerFirst(error.message)}, ${position}.`,
      "Correct it, or give a list.",
    );
    return [];
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
