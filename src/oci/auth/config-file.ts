import { NbjobError } from "../../text/errors.ts";

/** The keys of one profile, those of `DEFAULT` where it leaves them out. */
export type Profile = Readonly<Record<string, string>>;

/**
 * Reads one profile of a file such as `~/.oci/config`: sections in brackets, `key=value` lines, `#` and `;` comments.
 *
 * @throws NbjobError `environment` for a profile that is not there
 */
export function parseConfigFile(text: string, profile: string, path: string): Profile {
  const profiles = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.replace(/^\ufeff/, "").split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith(";")) continue;
    const section = /^\[(.+)\]$/.exec(trimmed)?.[1]?.trim();
    if (section !== undefined) {
      current = profiles.get(section) ?? new Map();
      profiles.set(section, current);
      continue;
    }
    const [, key = "", value = ""] = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(trimmed) ?? [];
    if (key !== "") current?.set(key.toLowerCase(), value);
  }
  const found = profiles.get(profile);
  if (found === undefined) {
    const names = [...profiles.keys()];
    throw new NbjobError("environment", `${path} has no profile ${profile}.`, {
      location: path,
      ...(names.length === 0 ? {} : { remedy: `It has ${names.join(", ")}.` }),
    });
  }
  return Object.fromEntries([...(profiles.get("DEFAULT") ?? []), ...found]);
}
