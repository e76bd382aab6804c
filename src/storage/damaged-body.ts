import { NbjobError } from "../text/errors.ts";

/** Bytes arrived that are not those that were stored. Reading again may help; whoever passed them on cannot. */
export class DamagedBody extends NbjobError {
  constructor(location: string) {
    super(
      "unreachable",
      `${location} arrived damaged: its bytes do not fit the checksum that the service has of them.`,
      {
        location,
      },
    );
  }
}

/** Another version took the place of what was being read. Reading that one from its beginning may help. */
export class ChangedBody extends NbjobError {
  constructor(location: string) {
    super("unreachable", `${location} changed while it was read.`, { location });
  }
}

/** Runs `attempt`, and again when bytes arrived damaged, or those of two versions. */
export async function againIfDamaged<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const again = error instanceof DamagedBody || error instanceof ChangedBody;
      if (!again || tries === 3) throw error;
    }
  }
}
