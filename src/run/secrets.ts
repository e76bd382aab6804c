import type { JobSpec } from "../spec/jobspec.ts";
import { createMask, type Mask, type Secret } from "../text/mask/index.ts";

/** Environment variables whose names say that nobody should read them. */
const secretName = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|API_KEY|ACCESS_KEY|CREDENTIALS?)$/i;

/**
 * What is masked in this run's logs, notebook, reports and record: the texts under `mask:`, and the values of variables whose
 * names end like a secret's (`DB_PASSWORD`, `API_TOKEN`). Best effort, as all masking is: what the work transforms, it may still print.
 */
export function maskOf(spec: JobSpec, env: Readonly<Record<string, string>>): Mask {
  const listed = spec.mask.map((value, position): Secret => ({ name: `mask.${position}`, value }));
  const named = Object.entries(env)
    .filter(([name, value]) => secretName.test(name) && value !== "" && !isPath(value))
    .map(([name, value]): Secret => ({ name, value }));
  return createMask([...listed, ...named]);
}

/** Many such variables name a file that holds the secret; a path is none. */
function isPath(value: string): boolean {
  return /^[./~][^\s]*$/.test(value) && value.includes("/");
}
