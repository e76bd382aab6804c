import type { models } from "oci-limits";
import type { OciConnection } from "./connection.ts";
import { path, RestClient } from "./rest.ts";
import type { Wire } from "./wire.ts";

export type LimitDefinition = Wire<models.LimitDefinitionSummary>;
export type ResourceAvailability = Wire<models.ResourceAvailability>;

/** OCI's service limits, API 20190729. Failures come as they are. */
export class Limits {
  readonly #client: RestClient;

  constructor(connection: OciConnection) {
    // What it says is good to know, and no run waits minutes for it.
    this.#client = new RestClient(connection, "limits", "20190729", {
      totalMs: 5_000,
      baseMs: 300,
      capMs: 2_000,
      unreachedTries: 1,
    });
  }

  /** Every limit of a service. @param compartmentId the tenancy's */
  definitions(
    compartmentId: string,
    serviceName: string,
    signal?: AbortSignal,
  ): AsyncGenerator<LimitDefinition, void, undefined> {
    const query = { compartmentId, serviceName, limit: 1000 };
    return this.#client.list({
      what: "listing service limits",
      method: "GET",
      path: "/limitDefinitions",
      query,
      signal,
    });
  }

  /** What is left of a limit in a compartment. */
  async availability(
    serviceName: string,
    limitName: string,
    compartmentId: string,
    signal?: AbortSignal,
  ): Promise<ResourceAvailability> {
    const call = {
      what: "reading a service limit",
      method: "GET",
      path: path`/services/${serviceName}/limits/${limitName}/resourceAvailability`,
      query: { compartmentId },
      signal,
    } as const;
    return (await this.#client.call<ResourceAvailability>(call)).value;
  }
}
