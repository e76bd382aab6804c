import type { KeyObject } from "node:crypto";
import type { Clock } from "../../http/clock.ts";
import type { SigningKey } from "../signing.ts";
import { claimsOf, renewalTime } from "./token.ts";
import { messageOf } from "../../text/message-of.ts";

/** A token and the private key that it was made for. */
export interface TokenAndKey {
  readonly token: string;
  readonly key: KeyObject;
}

export interface SessionOptions {
  /** Gets the newest token there is, within bounds of its own: many requests wait for it, so that none may cancel it. */
  readonly load: () => Promise<TokenAndKey>;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  /** Names the source for a warning. */
  readonly description: string;
  /** Look at the source at least this often, in milliseconds: someone else rotates its files. */
  readonly recheckMs?: number;
}

/**
 * A key that expires and is renewed in time: ahead of its end, when its files rotate, and when a service refuses it. Many
 * requests may ask at once; one of them fetches.
 */
export class Session {
  readonly #options: SessionOptions;
  #current: { readonly signing: SigningKey; readonly token: string; readonly renewAt: number } | undefined;
  #checkedAt = 0;
  #loading: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  async signingKey(): Promise<SigningKey> {
    const { clock, recheckMs = Number.POSITIVE_INFINITY } = this.#options;
    const now = clock.now();
    if (this.#current === undefined) await this.#load();
    else if (now >= this.#current.renewAt || now - this.#checkedAt >= recheckMs) await this.#loadAhead();
    if (this.#current === undefined) throw new Error("A session was loaded and is not there.");
    return this.#current.signing;
  }

  async renew(used: SigningKey): Promise<boolean> {
    if (this.#current !== undefined && this.#current.signing.keyId !== used.keyId) return true;
    await this.#load();
    return this.#current?.signing.keyId !== used.keyId;
  }

  /** What the token of the moment says of the tenancy. */
  get tenancy(): string | undefined {
    return this.#current === undefined ? undefined : claimsOf(this.#current.token).tenancy;
  }

  /** A renewal that fails while the old token still holds is no reason to stop. */
  async #loadAhead(): Promise<void> {
    try {
      await this.#load();
    } catch (error) {
      const expiresAt = this.#current === undefined ? undefined : claimsOf(this.#current.token).expiresAt;
      if (expiresAt === undefined || this.#options.clock.now() >= expiresAt) throw error;
      // Not again for every request: the next look is in half a minute.
      this.#checkedAt = this.#options.clock.now();
      this.#postpone(30_000);
      const why = messageOf(error);
      this.#options.warn(`The token of ${this.#options.description} could not be renewed yet: ${why}`);
    }
  }

  #postpone(ms: number): void {
    if (this.#current !== undefined) this.#current = { ...this.#current, renewAt: this.#options.clock.now() + ms };
  }

  #load(): Promise<void> {
    this.#loading ??= this.#fetch().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #fetch(): Promise<void> {
    const { load, clock } = this.#options;
    const { token, key } = await load();
    const now = clock.now();
    this.#checkedAt = now;
    const keyId = `ST$${token}`;
    const same = this.#current?.signing.keyId === keyId;
    // An old token that is still all there is: ask again in half a minute, not for every request.
    const renewAt = Math.max(renewalTime(token, now), now + (same ? 30_000 : 1_000));
    this.#current = { signing: { keyId, key }, token, renewAt };
  }
}
