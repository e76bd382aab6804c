import { resolve } from "node:path";
import { cloneRepository } from "../artifact/repository.ts";
import { fetchSecrets } from "../environment/secrets.ts";
import type { GitSource } from "../spec/jobspec.ts";
import type { PlacingOptions } from "./stage-work.ts";
import { together } from "./together.ts";
import { messageOf } from "../text/message-of.ts";

/**
 * Brings a repository into the workspace.
 * @returns the commit
 * @throws NbjobError as git and the vault do
 */
export async function placeRepository(
  git: GitSource,
  { workspace, host, env, ads, signal }: PlacingOptions,
): Promise<string> {
  const { values, failures } = await fetchSecrets(git.sshKey === undefined ? {} : { "git.sshKey": git.sshKey }, {
    env: host.env,
    log: host.log,
    signal,
  });
  if (failures.length > 0) throw together(failures);
  const { url, shown } = git;
  const commit = await cloneRepository({
    url,
    shown,
    revision: git.commit ?? git.branch,
    into: workspace.work,
    sshKey: values["git.sshKey"],
    privateFolder: workspace.root,
    env,
    signal,
  });
  host.log.info(`Fetched ${shown} at ${commit}`);
  if (ads?.codeFolder !== undefined) {
    const path = resolve(ads.codeFolder.replace(/^~(?=\/|$)/, env["HOME"] ?? "~"));
    await workspace.alsoAt(path).catch((error: unknown) => {
      const why = messageOf(error);
      host.log.warn(`CODE_DIR: the repository is not to be found under ${path} as well: ${why}`);
    });
  }
  return commit;
}
