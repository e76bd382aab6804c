import { NbjobError } from "../../text/errors.ts";

/**
 * Checks bytes against the `sha256` that a job file pins them to.
 *
 * @param actual lower-case hex of the SHA-256
 * @throws NbjobError `invalid-work` where they differ
 */
export function checkPin(actual: string, pinned: string | undefined, location: string): void {
  if (pinned === undefined || actual === pinned.toLowerCase()) return;
  throw new NbjobError(
    "invalid-work",
    `${location} has the sha256 ${actual}, not the pinned ${pinned.toLowerCase()}.`,
    {
      location,
      remedy: "Either its bytes have changed since it was pinned, or the pin belongs to another file.",
    },
  );
}
