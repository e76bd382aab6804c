import { randomBytes } from "node:crypto";
import type { Journal, Table } from "../state/journal.ts";

export interface SecretVersion {
  readonly number: number;
  /** Base64. */
  readonly content: string;
  readonly timeCreated: number;
}

export interface StoredSecret {
  readonly id: string;
  readonly vaultId: string;
  readonly name: string;
  /** The last one is current. */
  readonly versions: readonly SecretVersion[];
}

/** The secrets of every vault; without the wire, a test puts them here. */
export class Secrets {
  readonly #table: Table<StoredSecret>;
  readonly #vault: string;
  readonly #now: () => number;

  constructor(journal: Journal, { vault, now }: { readonly vault: string; readonly now: () => number }) {
    this.#table = journal.table<StoredSecret>("secrets");
    this.#vault = vault;
    this.#now = now;
  }

  /** The vault that secrets are in where nothing else is said. */
  get vault(): string {
    return this.#vault;
  }

  /** Makes a secret, or a new version of one. @returns its OCID */
  put(name: string, value: string | Uint8Array, vaultId: string = this.#vault): string {
    const found = this.byName(name, vaultId);
    const { id, versions } = found ?? { id: secretId(), versions: [] };
    const content = Buffer.from(value).toString("base64");
    const version = { number: versions.length + 1, content, timeCreated: this.#now() };
    this.#table.put(id, { id, vaultId, name, versions: [...versions, version] });
    return id;
  }

  byId(id: string): StoredSecret | undefined {
    return this.#table.get(id);
  }

  byName(name: string, vaultId: string): StoredSecret | undefined {
    return this.#table.values().find((secret) => secret.name === name && secret.vaultId === vaultId);
  }
}

function secretId(): string {
  return `ocid1.vaultsecret.oc1.iad.amaaaaaa${randomBytes(16).toString("hex")}`;
}
