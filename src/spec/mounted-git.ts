/** Variables of ADS's GitPythonRuntime, as its driver_oci.py reads them: `GIT_URL`, `GIT_BRANCH`, `GIT_COMMIT`, `GIT_SECRET_OCID`. */
import { basename } from "node:path";
import { escapeDollars } from "./expand.ts";
import type { Path } from "./yaml/node.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** True where they ask for a repository to be run. `GIT_URL` alone may be anybody's: build servers set it too. */
export function runsRepository(env: Variables): boolean {
  const byDriver = basename(env["JOB_RUN_ENTRYPOINT"] ?? "") === "driver_oci.py";
  return Boolean(env["GIT_URL"]) && (byDriver || Boolean(env["GIT_ENTRYPOINT"]));
}

export function readGitVariables(env: Variables, setText: (origin: string, path: Path, value: string) => void): void {
  const keys = { GIT_URL: "url", GIT_BRANCH: "branch", GIT_COMMIT: "commit", GIT_SECRET_OCID: "sshKey" } as const;
  for (const [name, key] of Object.entries(keys)) {
    const value = env[name];
    if (value) setText(name, ["git", key], key === "sshKey" ? value : escapeDollars(value));
  }
}
