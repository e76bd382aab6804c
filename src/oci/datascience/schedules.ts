import type { models } from "oci-datascience";
import { NbjobError } from "../../text/errors.ts";
import { awaited } from "../awaited.ts";
import type { OciConnection } from "../connection.ts";
import { dataScience, remedyStatement } from "../grants.ts";
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

  /** Makes a schedule and waits until it is active. */
  async create(body: ScheduleDetails): Promise<string> {
    const what = `creating the schedule ${body.displayName}`;
    const { id } = await this.#call<Schedule>({ what, method: "POST", path: "/schedules", body });
    await this.#settled(id, what);
    return id;
  }

  async update(id: string, body: Wire<models.UpdateScheduleDetails>): Promise<void> {
    const what = "changing the schedule";
    await this.#call<unknown>({ what, method: "PUT", path: path`/schedules/${id}`, body });
    await this.#settled(id, what);
  }

  async delete(id: string): Promise<void> {
    await this.#call<unknown>({ what: "deleting the schedule", method: "DELETE", path: path`/schedules/${id}` });
  }

  async activate(id: string): Promise<void> {
    const what = "resuming the schedule";
    await this.#call<unknown>({ what, method: "POST", path: path`/schedules/${id}/actions/activate` });
    await this.#settled(id, what);
  }

  async deactivate(id: string): Promise<void> {
    const what = "pausing the schedule";
    await this.#call<unknown>({ what, method: "POST", path: path`/schedules/${id}/actions/deactivate` });
    await this.#settled(id, what);
  }

  /** Every change is answered before it is done. */
  async #settled(id: string, what: string): Promise<void> {
    const settled = await awaited(
      this.#connection,
      () => this.get(id),
      (schedule) => (["CREATING", "UPDATING"].includes(schedule.lifecycleState) ? undefined : schedule),
      { patienceMs: 10 * 60_000 },
    );
    const sentence = what.charAt(0).toUpperCase() + what.slice(1);
    if (settled === undefined) throw new NbjobError("unreachable", `${sentence} still goes on (${id}).`);
    if (settled.lifecycleState !== "FAILED") return;
    throw new NbjobError("refused", `${sentence} failed: ${settled.lifecycleDetails ?? "no reason is given"}.`);
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
      policy: (principal) => remedyStatement(dataScience("manage", "schedules"), { principal }),
    });
  }
}
