import type { RetryPolicy } from "../../http/retry.ts";
import type { models } from "oci-logging";
import type { models as search } from "oci-loggingsearch";
import type { OciConnection } from "../connection.ts";
import { path, RestClient } from "../rest.ts";
import type { Wire } from "../wire.ts";

export type LogGroup = Wire<models.LogGroup>;
export type SearchResponse = Wire<search.SearchResponse>;

/** A page of what a search found. */
export interface SearchPage {
  readonly results: NonNullable<SearchResponse["results"]>;
  readonly next: string | undefined;
}

/** The most that a search answers at once. */
export const searchLimit = 1000;

/** OCI Logging, APIs 20200531 and 20190909. Failures come as they are: `serviceError` makes sentences of them. */
export class Logging {
  readonly connection: OciConnection;
  readonly #logging: RestClient;
  readonly #search: RestClient;

  constructor(connection: OciConnection, retry?: RetryPolicy) {
    this.connection = connection;
    this.#logging = new RestClient(connection, "logging", "20200531", retry);
    this.#search = new RestClient(connection, "loggingsearch", "20190909", retry);
  }

  async getLogGroup(id: string, signal?: AbortSignal): Promise<LogGroup> {
    const call = { what: "reading the log group", method: "GET", path: path`/logGroups/${id}`, signal } as const;
    return (await this.#logging.call<LogGroup>(call)).value;
  }

  async search(
    query: { readonly timeStart: Date; readonly timeEnd: Date; readonly searchQuery: string },
    { page, signal }: { readonly page?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<SearchPage> {
    const { value, header } = await this.#search.call<SearchResponse>({
      what: "searching the log",
      method: "POST",
      path: "/search",
      query: { limit: searchLimit, page },
      body: {
        timeStart: query.timeStart.toISOString(),
        timeEnd: query.timeEnd.toISOString(),
        searchQuery: query.searchQuery,
        isReturnFieldInfo: false,
      },
      signal,
    });
    return { results: value.results ?? [], next: header("opc-next-page") || undefined };
  }
}
