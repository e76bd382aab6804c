/** Something that is to be as it is described, in a service that keeps it. */
export interface Resource {
  /** The name under which later resources find its key. */
  readonly ref: string;
  /** As people call it: `REST task`. */
  readonly noun: string;
  readonly name: string;
  /** What must be there before it can be looked for. */
  readonly below: readonly string[];
  readonly find: (refs: Refs) => Promise<Found | undefined>;
  /** What it is to be, as it is sent to make it, or to change what was found. */
  readonly body: (refs: Refs, found?: Found) => Body;
  /** Returns its key. */
  readonly create: (body: Body, refs: Refs) => Promise<string>;
  /** Returns its key, which may be another one. Absent for what is only used, never changed. */
  readonly change?: (found: Found, body: Body, refs: Refs) => Promise<string>;
  readonly remove?: (found: Found, refs: Refs) => Promise<void>;
  /** Whether it may go: asked of what others may use too. @default true */
  readonly mayGo?: (found: Found, refs: Refs) => Promise<boolean>;
}

export type Body = Readonly<Record<string, unknown>>;

export interface Found {
  readonly key: string;
  /** What the service tells of it, in the words of a body. */
  readonly actual: Body;
  /** Whether nbjob made it: it changes and removes nothing else. */
  readonly ours: boolean;
}

/** The keys that are known so far, by the names of their resources. */
export class Refs {
  readonly #keys: ReadonlyMap<string, string>;

  constructor(keys: ReadonlyMap<string, string> = new Map()) {
    this.#keys = keys;
  }

  has(ref: string): boolean {
    return this.#keys.has(ref);
  }

  /** The key, or where there is none yet the words that stand for it in a plan. */
  get(ref: string): string {
    return this.#keys.get(ref) ?? `(known once the ${ref} is there)`;
  }

  with(ref: string, key: string): Refs {
    return new Refs(new Map([...this.#keys, [ref, key]]));
  }
}
