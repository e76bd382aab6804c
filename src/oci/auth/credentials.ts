import type { Region } from "../regions.ts";
import type { SigningKey } from "../signing.ts";

/** Where the permission to call OCI comes from. */
export interface Credentials {
  /** Names them for the log, without a secret: `the profile DEFAULT of ~/.oci/config`. */
  readonly description: string;
  /** Whom a policy would have to allow. */
  readonly principal: "user" | "job run" | "instance";
  /** The region they belong to, where they name one. */
  readonly region: Region | undefined;
  readonly tenancy: string | undefined;
  /** The key to sign the next request with; renewed before it expires. */
  signingKey(): Promise<SigningKey>;
  /**
   * Called when the service refused `used`: looks for a newer key.
   * @returns whether there is one, so that trying again makes sense
   */
  renew(used: SigningKey): Promise<boolean>;
}
