/** Workspaces and the work requests by which they come, change their state and go. */
import { randomBytes } from "node:crypto";
import { notAuthorizedOrNotFound, Refusal } from "../http/refusal.ts";
import type { Journal, Table } from "../state/journal.ts";
import type { Clock } from "../time/clock.ts";
import type { Body } from "./objects.ts";

export type WorkspaceState =
  | "CREATING"
  | "ACTIVE"
  | "INACTIVE"
  | "UPDATING"
  | "DELETING"
  | "DELETED"
  | "FAILED"
  | "STARTING"
  | "STOPPING"
  | "STOPPED";

export interface Workspace {
  readonly id: string;
  readonly version: number;
  readonly lifecycleState: WorkspaceState;
  readonly stateMessage: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** What it was made of: name, compartment, network, tags. */
  readonly body: Body;
}

export interface WorkRequest {
  readonly id: string;
  readonly operationType: string;
  readonly status: "ACCEPTED" | "IN_PROGRESS" | "FAILED" | "SUCCEEDED";
  readonly workspace: string;
  readonly compartmentId: unknown;
  readonly actionType: string;
  readonly percentComplete: number;
  readonly timeAccepted: number;
  readonly timeStarted?: number;
  readonly timeFinished?: number;
  readonly logs: readonly { readonly message: string; readonly timestamp: number }[];
  readonly errors: readonly { readonly code: string; readonly message: string; readonly timestamp: number }[];
}

/** What one work request does to a workspace. */
export interface Transition {
  readonly operationType: string;
  readonly actionType: string;
  readonly during: WorkspaceState;
  readonly after: WorkspaceState;
  /** Done once it succeeds. */
  readonly finish?: () => void;
}

export interface WorkspacesOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Milliseconds that each step of a work request takes. */
  readonly delay: number;
  readonly regionKey: string;
  /** What a work request fails with instead, if a test wants that. */
  readonly failure: (operationType: string) => string | undefined;
}

export class Workspaces {
  readonly #table: Table<Workspace>;
  readonly #requests: Table<WorkRequest>;
  readonly #options: WorkspacesOptions;

  constructor(options: WorkspacesOptions) {
    this.#options = options;
    this.#table = options.journal.table<Workspace>("diworkspaces");
    this.#requests = options.journal.table<WorkRequest>("diworkrequests");
  }

  /** Makes a workspace that is not there yet. */
  add(body: Body): Workspace {
    const now = this.#options.clock.now();
    const unique = randomBytes(30).toString("hex");
    const id = `ocid1.disworkspace.oc1.${this.#options.regionKey}.${unique}`;
    const workspace = {
      id,
      version: 1,
      lifecycleState: "CREATING",
      stateMessage: null,
      createdAt: now,
      updatedAt: now,
      body,
    } as const;
    this.#table.put(id, workspace);
    return workspace;
  }

  list(): readonly Workspace[] {
    return [...this.#table.values()];
  }

  /** @throws {Refusal} 404 */
  get(id: string): Workspace {
    const workspace = this.#table.get(id);
    if (workspace === undefined) throw notAuthorizedOrNotFound();
    return workspace;
  }

  /** A workspace that can be worked in. @throws {Refusal} 404, 409 */
  active(id: string): Workspace {
    const workspace = this.get(id);
    if (workspace.lifecycleState === "DELETED") throw notAuthorizedOrNotFound();
    if (workspace.lifecycleState !== "ACTIVE") {
      throw new Refusal(409, "IncorrectState", `The workspace is ${workspace.lifecycleState}, not ACTIVE.`);
    }
    return workspace;
  }

  update(id: string, changes: Partial<Pick<Workspace, "lifecycleState" | "stateMessage" | "body">>): Workspace {
    const workspace = this.get(id);
    const { version } = workspace;
    const updated = { ...workspace, ...changes, version: version + 1, updatedAt: this.#options.clock.now() };
    this.#table.put(id, updated);
    return updated;
  }

  /** Begins a work request. @returns its id */
  begin({ id, body }: Workspace, transition: Transition): string {
    const { clock, regionKey } = this.#options;
    const now = clock.now();
    const request: WorkRequest = {
      id: `ocid1.diworkrequest.oc1.${regionKey}.${randomBytes(30).toString("hex")}`,
      operationType: transition.operationType,
      actionType: transition.actionType,
      status: "ACCEPTED",
      workspace: id,
      compartmentId: body.compartmentId,
      percentComplete: 0,
      timeAccepted: now,
      logs: [{ message: "The request was accepted.", timestamp: now }],
      errors: [],
    };
    this.#requests.put(request.id, request);
    this.update(id, { lifecycleState: transition.during });
    void clock.track(this.#carryOut(request, transition));
    return request.id;
  }

  workRequest(id: string): WorkRequest {
    const request = this.#requests.get(id);
    if (request === undefined) throw notAuthorizedOrNotFound();
    return request;
  }

  workRequests(): readonly WorkRequest[] {
    return [...this.#requests.values()];
  }

  async #carryOut(request: WorkRequest, transition: Transition): Promise<void> {
    const { clock, delay, failure } = this.#options;
    await clock.sleep(delay);
    if (clock.signal.aborted) return;
    const started: WorkRequest = { ...request, status: "IN_PROGRESS", percentComplete: 50, timeStarted: clock.now() };
    this.#requests.put(request.id, started);
    await clock.sleep(delay);
    if (clock.signal.aborted) return;
    const [now, message] = [clock.now(), failure(transition.operationType)];
    const { logs } = request;
    if (message === undefined) {
      const done = [...logs, { message: `${transition.operationType} succeeded.`, timestamp: now }];
      this.#requests.put(request.id, {
        ...started,
        status: "SUCCEEDED",
        percentComplete: 100,
        timeFinished: now,
        logs: done,
      });
      this.update(request.workspace, { lifecycleState: transition.after, stateMessage: null });
      transition.finish?.();
      return;
    }
    const errors = [{ code: "InternalServerError", message, timestamp: now }];
    const failed = [...logs, { message: `${transition.operationType} failed.`, timestamp: now }];
    const actionType = "FAILED";
    this.#requests.put(request.id, {
      ...started,
      status: "FAILED",
      actionType,
      timeFinished: now,
      logs: failed,
      errors,
    });
    this.update(request.workspace, { lifecycleState: "FAILED", stateMessage: message });
  }
}
