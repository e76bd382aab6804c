import type { ObjectDescription } from "../../oci/objectstorage/objects.ts";
import { ServiceFailure } from "../../oci/service-failure.ts";

/** What a write is to replace: nothing, one version of the object, or whatever is there. */
export interface Replaced {
  readonly ifAbsent?: boolean;
  readonly ifMatch?: string;
}

export interface ProvisionalWrite {
  /** Names the object. */
  readonly key: string;
  /** There are enough bytes that they should not be sent in vain. */
  readonly large: boolean;
  readonly write: (replaced: Replaced) => Promise<ObjectDescription>;
  /** The tag of what is there; undefined for nothing. */
  readonly look: () => Promise<string | undefined>;
}

/**
 * Writes that others follow. The service may carry out a request that we gave up, or sent again, when the next write of
 * that name is long done: so each says which version it replaces, and is refused once that is another.
 */
export class ProvisionalWrites {
  readonly #tags = new Map<string, string>();

  /** What was written by another way. */
  wrote(key: string, etag: string | undefined): void {
    if (etag === undefined) this.#tags.delete(key);
    else this.#tags.set(key, etag);
  }

  async write({ key, large, write, look }: ProvisionalWrite): Promise<ObjectDescription> {
    const known = this.#tags.get(key);
    // Until it has succeeded, there is no knowing what is there.
    this.#tags.delete(key);
    const replaced = known === undefined ? (large ? await this.#seen(look) : { ifAbsent: true }) : { ifMatch: known };
    const written = await write(replaced).catch(async (error: unknown) => {
      if (!(error instanceof ServiceFailure) || error.status !== 412) throw error;
      return write(await this.#seen(look));
    });
    this.wrote(key, written.etag);
    return written;
  }

  async #seen(look: ProvisionalWrite["look"]): Promise<Replaced> {
    try {
      const tag = await look();
      return tag === undefined ? { ifAbsent: true } : { ifMatch: tag };
    } catch (error) {
      // Some may write and not look.
      if (error instanceof ServiceFailure) return {};
      throw error;
    }
  }
}
