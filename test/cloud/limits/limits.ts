import { Refusal } from "../http/refusal.ts";

/** One limit of a service, with what uses it now. */
export interface Limit {
  readonly service: string;
  readonly name: string;
  readonly description: string;
  value: number;
  /** The compartment's quota, where its administrator set one. */
  quota?: number;
  readonly used: () => number;
}

/** The tenancy's service limits and the compartment's quotas. Their names are the fake's own: the real ones differ by tenancy. */
export class Limits {
  readonly #limits: Limit[] = [];

  define(limit: Limit): void {
    this.#limits.push(limit);
  }

  list(service: string): readonly Limit[] {
    return this.#limits.filter((limit) => limit.service === service);
  }

  services(): readonly string[] {
    return [...new Set(this.#limits.map(({ service }) => service))];
  }

  get(service: string, name: string): Limit | undefined {
    return this.#limits.find((limit) => limit.service === service && limit.name === name);
  }

  /** Sets a service limit, as Oracle would. */
  set(name: string, value: number): void {
    this.#named(name).value = value;
  }

  /** Sets a compartment quota, as an administrator would. */
  setQuota(name: string, value: number): void {
    this.#named(name).quota = value;
  }

  /**
   * Refuses what would go above a limit or a quota.
   * @throws {Refusal} 400 LimitExceeded, QuotaExceeded
   */
  check(wanted: Readonly<Record<string, number>>): void {
    for (const [name, amount] of Object.entries(wanted)) {
      const { value, quota, used } = this.#named(name);
      const after = used() + amount;
      if (after > value) {
        const message = `The following service limits were exceeded: ${name}. Request a service limit increase from the service limits page in the console.`;
        throw new Refusal(400, "LimitExceeded", message);
      }
      if (quota !== undefined && after > quota) {
        throw new Refusal(400, "QuotaExceeded", `The following compartment quotas were exceeded: ${name}.`);
      }
    }
  }

  #named(name: string): Limit {
    const limit = this.#limits.find((each) => each.name === name);
    if (limit === undefined) throw new Error(`There is no limit ${name}.`);
    return limit;
  }
}
