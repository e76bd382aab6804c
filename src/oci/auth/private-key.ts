import { createPrivateKey, type KeyObject } from "node:crypto";
import { NbjobError } from "../../text/errors.ts";

/**
 * Parses a private key in PEM.
 *
 * @param origin where it came from, for the message
 * @throws NbjobError `environment` for what is no key, and for a missing or wrong passphrase
 */
export function parsePrivateKey(pem: string, passphrase: string | undefined, origin: string): KeyObject {
  const encrypted = /ENCRYPTED/.test(pem);
  if (encrypted && (passphrase === undefined || passphrase === "")) {
    throw new NbjobError("environment", `The private key of ${origin} is encrypted, and no passphrase is given.`, {
      remedy: "Set pass_phrase= in the profile, or OCI_CLI_PASSPHRASE.",
    });
  }
  try {
    const key = createPrivateKey({ key: pem.trim(), format: "pem", ...(passphrase ? { passphrase } : {}) });
    if (key.asymmetricKeyType !== "rsa") throw new Error("not an RSA key");
    return key;
  } catch (error) {
    const why = encrypted ? "cannot be decrypted with the passphrase given" : "is not an RSA private key in PEM";
    throw new NbjobError("environment", `The private key of ${origin} ${why}.`, { cause: error });
  }
}
