import type { models } from "oci-datascience";
import type { OciConnection } from "../connection.ts";
import { path, type RestCall, RestClient } from "../rest.ts";
import { serviceError } from "../service-error.ts";
import type { Wire } from "../wire.ts";

export type Schedule = Wire<models.Schedule>;
export type ScheduleDetails = Wire<models.CreateScheduleDetails>;
type ScheduleSummary = Wire<models.ScheduleSummary>;

/** Schedules of Data Science itself. Those that are being deleted are not told. */
export class Schedules {
  readonly #connection: OciConnection;
  readonly #rest: RestClient;

  constructor(connection: OciConnection) {
    this.#connection = connection;
    this.#rest = new RestClient(connection, "datascience", "20190101");
  }

  async list(
    compartmentId: string,
    query: { readonly displayName?: string } = {},
  ): Promise<readonly ScheduleSummary[]> {
    const call = { what: "listing the schedules", method: "GET", path: "/schedules" } as const;
    const found: ScheduleSummary[] = [];
    try {
      for await (const each of this.#rest.list<ScheduleSummary>({
        ...call,
        query: { ...query, compartmentId, limit: 100 },
      })) {
        if (each.lifecycleState !== "DELETING" && each.lifecycleState !== "DELETED") found.push(each);
      }
    } catch (error) {
      throw await this.#told(error, call);
    }
    return found;
  }

  get(id: string): Promise<Schedule> {
    return this.#call({ what: "reading the schedule", method: "GET", path: path`/schedules/${id}` });
  }

  create(body: ScheduleDetails): Promise<Schedule> {
    return this.#call({ what: `creating the schedule ${body.displayName}`, method: "POST", path: "/schedules", body });
  }

  update(id: string, body: Wire<models.UpdateScheduleDetails>): Promise<Schedule> {
    return this.#call({ what: "changing the schedule", method: "PUT", path: path`/schedules/${id}`, body });
  }

  async delete(id: string): Promise<void> {
    await this.#call<unknown>({ what: "deleting the schedule", method: "DELETE", path: path`/schedules/${id}` });
  }

  async activate(id: string): Promise<void> {
    const what = "resuming the schedule";
    await this.#call<unknown>({ what, method: "POST", path: path`/schedules/${id}/actions/activate` });
  }

  async deactivate(id: string): Promise<void> {
    const what = "pausing the schedule";
    await this.#call<unknown>({ what, method: "POST", path: path`/schedules/${id}/actions/deactivate` });
  }

  async #call<T>(call: RestCall): Promise<T> {
    try {
      return (await this.#rest.call<T>(call)).value;
    } catch (error) {
      throw await this.#told(error, call);
    }
  }

  #told(error: unknown, { what }: Pick<RestCall, "what">): Promise<unknown> {
    return serviceError(error, {
      connection: this.#connection,
      service: "datascience",
      what,
      policy: (principal) =>
        `Allow ${principal === "user" ? "group" : "dynamic-group"} <group> to manage data-science-schedules in compartment <compartment>`,
    });
  }
}
