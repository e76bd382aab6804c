import { randomUUID } from "node:crypto";
import type { WorkRequests } from "../http/work-requests.ts";
import type { Journal, Table } from "../state/journal.ts";
import { Refusal } from "../http/refusal.ts";
import { newOcid } from "../state/ocid.ts";

/** A log group, or a log in one. */
export interface LogRow {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly compartmentId: string;
  readonly freeformTags: Readonly<Record<string, string>>;
  readonly definedTags: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly timeCreated: number;
  readonly timeLastModified: number;
  /** When it is active; until then it is being created. */
  readonly readyAt: number;
  readonly etag: string;
}

export interface StoredLog extends LogRow {
  readonly logGroupId: string;
  readonly logType: string;
  readonly isEnabled: boolean;
  readonly retentionDuration: number;
  readonly configuration: unknown;
}

/** One line of a log. */
export interface LogRecord {
  readonly id: string;
  readonly logId: string;
  readonly message: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** When it was written, in milliseconds since the epoch. */
  readonly time: number;
  /** When a search can find it. */
  readonly visibleAt: number;
}

export interface LogSettings {
  /** Milliseconds until what is created, changed or deleted is so; default 0. */
  workMs: number;
  /** How late records can be found: so many milliseconds, spread evenly by {@link LogSettings.seed}. Default 0 to 0. */
  minimumDelayMs: number;
  maximumDelayMs: number;
  /** Makes the delays, and the order of records of the same millisecond. Default 1. */
  seed: number;
  /** The most records that a search looks at before it says that its result is too large; default 100,000. */
  searchMaximum: number;
}

export interface LogsOptions {
  readonly journal: Journal;
  readonly account: { readonly tenancy: string; readonly compartment: string };
  readonly regionKey: string;
  readonly workRequests: WorkRequests;
  readonly now: () => number;
}

/** Log groups, their logs, and the records in them. Records are kept in memory only. */
export class Logs {
  readonly groups: Table<LogRow>;
  readonly logs: Table<StoredLog>;
  readonly settings: LogSettings = {
    workMs: 0,
    minimumDelayMs: 0,
    maximumDelayMs: 0,
    seed: 1,
    searchMaximum: 100_000,
  };
  readonly #options: LogsOptions;
  readonly #records = new Map<string, LogRecord[]>();
  #random = 0;

  constructor(options: LogsOptions) {
    this.#options = options;
    this.groups = options.journal.table("log-group");
    this.logs = options.journal.table("log");
  }

  get now(): number {
    return this.#options.now();
  }

  get tenancy(): string {
    return this.#options.account.tenancy;
  }

  createGroup(displayName: string, more: Partial<LogRow> = {}): LogRow {
    if (this.groups.values().some((group) => group.displayName === displayName)) throw nameTaken(displayName);
    const group: LogRow = { ...this.#row("loggroup", displayName), ...more };
    this.groups.put(group.id, group);
    return group;
  }

  createLog(logGroupId: string, displayName: string, more: Partial<StoredLog> = {}): StoredLog {
    const taken = this.logs.values().some((log) => log.logGroupId === logGroupId && log.displayName === displayName);
    if (taken) throw nameTaken(displayName);
    const custom = { logType: "CUSTOM", isEnabled: true, retentionDuration: 30, configuration: null };
    const log: StoredLog = {
      ...this.#row("log", displayName),
      ...custom,
      compartmentId: this.groups.get(logGroupId)?.compartmentId ?? this.#options.account.compartment,
      ...more,
      logGroupId,
    };
    this.logs.put(log.id, log);
    return log;
  }

  deleteLog(id: string): void {
    this.logs.delete(id);
    this.#records.delete(id);
  }

  /** Says by a work request that something was done, or will be. @returns its OCID */
  workRequest(operationType: string, entityType: string, actionType: string, row: LogRow): string {
    const id = newOcid("logworkrequest", this.#options.regionKey);
    const { compartmentId, id: identifier } = row;
    const times = { timeAccepted: this.now, timeFinished: this.now + this.settings.workMs };
    const about = { operationType, entityType, actionType, compartmentId, identifier };
    this.#options.workRequests.add({ id, ...about, ...times });
    return id;
  }

  /** Adds a record, to be found when it has arrived. */
  append(logId: string, record: Pick<LogRecord, "message" | "source" | "type" | "subject">): void {
    const { minimumDelayMs, maximumDelayMs } = this.settings;
    const time = this.now;
    const visibleAt = time + minimumDelayMs + this.#draw() * (maximumDelayMs - minimumDelayMs);
    const records = this.#records.get(logId) ?? [];
    this.#records.set(logId, records);
    records.push({ id: randomUUID(), logId, time, visibleAt, ...record });
  }

  /** What a search could find at that moment, in the order in which it arrived. */
  records(logId: string, at: number = this.now): readonly LogRecord[] {
    const arrived = (this.#records.get(logId) ?? []).filter(({ visibleAt }) => visibleAt <= at);
    return arrived.toSorted((a, b) => a.visibleAt - b.visibleAt);
  }

  /** Every message of a source, in the order in which it was written, however late it arrives: what a reader must end up with. */
  written(source: string): readonly string[] {
    const all = [...this.#records.values()].flat().filter((record) => record.source === source);
    return all.toSorted((a, b) => a.time - b.time).map(({ message }) => message);
  }

  #row(kind: string, displayName: string): LogRow {
    const { now } = this;
    return {
      id: newOcid(kind, this.#options.regionKey),
      displayName,
      description: null,
      compartmentId: this.#options.account.compartment,
      freeformTags: {},
      definedTags: {},
      timeCreated: now,
      timeLastModified: now,
      readyAt: now + this.settings.workMs,
      etag: randomUUID(),
    };
  }

  /** The next of a sequence that the seed makes, from 0 to 1. */
  #draw(): number {
    this.#random = (Math.imul(this.#random + this.settings.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#random / 2 ** 32;
  }
}

function nameTaken(displayName: string): Refusal {
  return new Refusal(409, "Conflict", `The name ${JSON.stringify(displayName)} is already used.`);
}
