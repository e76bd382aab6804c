import type { JobSpec } from "../spec/jobspec.ts";
import type { Logger } from "../text/logger.ts";
import { isSecretName } from "../text/secret-name.ts";
import { createMask, openMask, type Mask, type Secret } from "../text/mask/index.ts";

/**
 * What is masked in this run's log, notebook, reports and record: the texts under `mask:`, the values of variables whose
 * names end like a secret's (`DB_PASSWORD`, `API_TOKEN`), and, once they are fetched, the secrets of Vault.
 * Best effort, as all masking is: what the work transforms, it may still print.
 */
export class RunMask {
  readonly #log: Pick<Logger, "warn" | "setMask">;
  readonly #secrets: Secret[] = [];
  readonly #warned = new Set<string>();
  #mask: Mask = openMask;

  constructor(spec: JobSpec, env: Readonly<Record<string, string>>, log: Pick<Logger, "warn" | "setMask">) {
    this.#log = log;
    const listed = spec.mask.map((value, position): Secret => ({ name: `mask.${position}`, value }));
    const named = Object.entries(env)
      .filter(([name, value]) => isSecretName(name) && value !== "" && !isPath(value))
      .map(([name, value]): Secret => ({ name, value }));
    this.#add([...listed, ...named]);
  }

  /** Masks more, from here on; to be called before anything can print it. */
  learn(values: Readonly<Record<string, string>>): void {
    this.#add(Object.entries(values).map(([name, value]) => ({ name, value })));
  }

  text(text: string): string {
    return this.#mask.text(text);
  }

  #add(secrets: readonly Secret[]): void {
    if (secrets.length === 0) return;
    this.#secrets.push(...secrets);
    this.#mask = createMask(this.#secrets);
    this.#log.setMask(this.#mask);
    for (const name of this.#mask.tooShort) {
      if (!this.#warned.has(name)) this.#log.warn(`The value of ${name} is too short to be masked`);
      this.#warned.add(name);
    }
  }
}

/** Many such variables name a file that holds the secret; a path is none. */
function isPath(value: string): boolean {
  return /^[./~][^\s]*$/.test(value) && value.includes("/");
}
