import type { OciConnection } from "../connection.ts";
import { type RestAnswer, type RestCall, RestClient } from "../rest.ts";
import { serviceError } from "../service-error.ts";
import { ServiceFailure } from "../service-failure.ts";

/** Data Integration, API 20200430: calls whose failures are sentences. */
export class DataIntegration {
  readonly connection: OciConnection;
  readonly #rest: RestClient;

  constructor(connection: OciConnection) {
    this.connection = connection;
    this.#rest = new RestClient(connection, "dataintegration", "20200430");
  }

  /** @throws NbjobError for what the service refuses, with its own words */
  async call<T>(call: RestCall): Promise<RestAnswer<T>> {
    try {
      return await this.#rest.call<T>(call);
    } catch (error) {
      throw await this.#told(error, call);
    }
  }

  /** As `call`, and undefined where there is no such thing. */
  async find<T>(call: RestCall): Promise<T | undefined> {
    try {
      return (await this.#rest.call<T>(call)).value;
    } catch (error) {
      if (error instanceof ServiceFailure && error.status === 404) return undefined;
      throw await this.#told(error, call);
    }
  }

  /** Nothing where the API has no such list: not every region has every kind of object. */
  async *list<T>(call: RestCall): AsyncGenerator<T, void, undefined> {
    try {
      yield* this.#rest.list<T>(call);
    } catch (error) {
      if (error instanceof ServiceFailure && error.code === "NotFound") return;
      throw await this.#told(error, call);
    }
  }

  #told(error: unknown, { what, method }: RestCall): Promise<unknown> {
    const verb = method === "GET" ? "read" : "manage";
    return serviceError(error, {
      connection: this.connection,
      service: "dataintegration",
      what,
      policy: (principal) =>
        principal === "user"
          ? `Allow group <group> to ${verb} dis-workspaces in compartment <compartment>`
          : `Allow dynamic-group <group> to ${verb} dis-workspaces in compartment <compartment>`,
    });
  }
}
