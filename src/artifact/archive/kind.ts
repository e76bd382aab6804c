import { readHead } from "../../process/command.ts";
import { NbjobError } from "../../text/errors.ts";

export type ArchiveKind = "zip" | "tar" | "tar.gz" | "tar.xz" | "tar.zst";

const names: readonly (readonly [RegExp, ArchiveKind])[] = [
  [/\.zip$/i, "zip"],
  [/\.tar$/i, "tar"],
  [/\.(tar\.gz|tgz)$/i, "tar.gz"],
  [/\.(tar\.xz|txz)$/i, "tar.xz"],
  [/\.(tar\.zst|tzst)$/i, "tar.zst"],
];

/** The kind of archive that a file's name promises; undefined for anything else. */
export function archiveKindOf(name: string): ArchiveKind | undefined {
  return names.find(([pattern]) => pattern.test(name))?.[1];
}

/** The kind that its first bytes show; a mere tar has none in its oldest form. */
export function archiveKindIn(head: Buffer): ArchiveKind | undefined {
  const starts = (hex: string): boolean => head.subarray(0, hex.length / 2).toString("hex") === hex;
  if (starts("504b0304") || starts("504b0506")) return "zip";
  if (starts("1f8b")) return "tar.gz";
  if (starts("fd377a585a00")) return "tar.xz";
  if (starts("28b52ffd")) return "tar.zst";
  if (head.subarray(257, 262).toString("latin1") === "ustar") return "tar";
  return undefined;
}

/**
 * What an archive file really is: its bytes decide between the formats, for names are often wrong about compression.
 * @throws {NbjobError} `invalid-work` where it is none.
 */
export function inspectArchive(path: string, name: string): ArchiveKind {
  const promised = archiveKindOf(name);
  const head = readHead(path, 512);
  const found = head === undefined ? undefined : archiveKindIn(head);
  if (found !== undefined) return found;
  if (promised === "tar" && head?.length === 512) return "tar";
  throw new NbjobError("invalid-work", `${name} is not the archive that its name says it is.`, {
    location: name,
    remedy:
      head?.length === 0
        ? "The file is empty: check that it was uploaded whole."
        : "Check that it is an archive and no web page or pointer to one.",
  });
}
