import { asFolder, type Location } from "../storage/location.ts";

/** Whether a path is one that the job mounts: it means the container's, not this machine's. */
export function isMountedLocation(location: Location, mountPaths: readonly string[]): boolean {
  if (location.kind !== "file") return false;
  const { path } = location;
  return mountPaths.some((mount) => {
    const folder = asFolder({ kind: "file", path: mount });
    return folder.kind === "file" && (path.startsWith(folder.path) || `${path}/` === folder.path);
  });
}
