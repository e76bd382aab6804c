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

/** Runs `attempt`, and again when bytes arrived damaged. */
export async function againIfDamaged<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof DamagedBody) || tries === 3) throw error;
    }
  }
}
