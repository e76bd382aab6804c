import { createHash, randomUUID } from "node:crypto";
import { notAuthorizedOrNotFound, Refusal } from "../http/refusal.ts";
import type { WorkRequests } from "../http/work-requests.ts";
import type { Limits } from "../limits/limits.ts";
import type { Logs } from "../logging/logs.ts";
import type { Storage } from "../objectstorage/storage.ts";
import type { Bodies } from "../state/bodies.ts";
import type { Journal, Table } from "../state/journal.ts";
import { newOcid } from "../state/ocid.ts";
import { effectiveJob, effectiveRun, type EnvironmentRule } from "./effective.ts";
import {
  finishedStates,
  type Artifact,
  type JobDetails,
  type RunDetails,
  type StoredJob,
  type StoredProject,
  type StoredRun,
  type Tagged,
} from "./model.ts";
import { checkRules } from "./rules.ts";
import { shapes, sizeOf } from "./shapes.ts";

/** How the service behaves; a test may change it while it runs. */
export interface DataScienceSettings {
  /** Milliseconds until a job is active or gone; default 0. */
  jobMs: number;
  /** Milliseconds that each step of a run stands before its work starts; default 2. There are four. */
  stepMs: number;
  /** Milliseconds in a minute of a maximum runtime; default 60,000. */
  minuteMs: number;
  /** Milliseconds from SIGTERM to SIGKILL when a run is cancelled; default 10,000. */
  graceMs: number;
  /** Default `merge`. */
  environment: EnvironmentRule;
}

export interface DataScienceOptions {
  readonly journal: Journal;
  readonly account: { readonly tenancy: string; readonly compartment: string; readonly user: string };
  readonly regionKey: string;
  readonly logs: Logs;
  readonly limits: Limits;
  readonly storage: Storage;
  readonly workRequests: WorkRequests;
  readonly now: () => number;
}

/** Projects, jobs and their runs, without the wire. */
export class DataScience {
  readonly settings: DataScienceSettings = {
    jobMs: 0,
    stepMs: 2,
    minuteMs: 60_000,
    graceMs: 10_000,
    environment: "merge",
  };
  readonly options: DataScienceOptions;
  readonly projects: Table<StoredProject>;
  readonly jobs: Table<StoredJob>;
  readonly runs: Table<StoredRun>;
  /** The project that exists from the start. */
  readonly project: string;
  /** Told of every run that was made. */
  onRun: (run: StoredRun) => void = () => undefined;

  constructor(options: DataScienceOptions) {
    this.options = options;
    const { journal, account } = options;
    this.projects = journal.table("project");
    this.jobs = journal.table("job");
    this.runs = journal.table("job-run");
    for (const { artifact } of this.jobs.values()) if (artifact !== undefined) this.bodies.hold([artifact.segment]);
    this.project =
      this.projects.values().find(({ displayName }) => displayName === "nbjob")?.id ??
      this.createProject({ compartmentId: account.compartment, displayName: "nbjob" }, account.user).id;
    this.#defineLimits();
  }

  get now(): number {
    return this.options.now();
  }

  /** Where artifacts are. */
  get bodies(): Bodies {
    return this.options.storage.bodies;
  }

  createProject(details: Tagged & { compartmentId: string; description?: string | null }, by: string): StoredProject {
    const project = { ...this.#row("datascienceproject", details, by), description: details.description ?? null };
    this.projects.put(project.id, project);
    return project;
  }

  /** @throws {Refusal} 404 */
  projectById(id: string): StoredProject {
    return existing(this.projects.get(id));
  }

  /** @throws {Refusal} 400 InvalidParameter, LimitExceeded; 404 where what it names is not there */
  createJob(details: JobDetails, by: string): StoredJob {
    const row = this.#row("datasciencejob", details, by);
    const effective = effectiveJob(details);
    checkRules(row.displayName, effective);
    this.#checkNamed(details.projectId, effective.log);
    this.options.limits.check({ "job-count": 1 });
    const job = { ...row, details, readyAt: this.now + this.settings.jobMs };
    this.jobs.put(job.id, job);
    return job;
  }

  /** @throws {Refusal} 404 */
  job(id: string): StoredJob {
    return existing(this.jobs.get(id));
  }

  jobState({ deletedAt, readyAt, artifact, details }: StoredJob): "CREATING" | "ACTIVE" | "DELETING" | "DELETED" {
    if (deletedAt !== undefined) return this.now >= deletedAt ? "DELETED" : "DELETING";
    const own = artifact !== undefined || bringsItsImage(details);
    return own && this.now >= readyAt ? "ACTIVE" : "CREATING";
  }

  /** @throws {Refusal} 409 IncorrectState where it has one already */
  addArtifact(job: StoredJob, artifact: Artifact): StoredJob {
    if (job.artifact !== undefined) throw incorrectState("The job has an artifact, which cannot be replaced.");
    return this.putJob({ ...job, artifact });
  }

  /** Writes a job down as it is now, under a new etag. */
  putJob(job: StoredJob): StoredJob {
    const changed = { ...job, etag: randomUUID() };
    this.jobs.put(job.id, changed);
    return changed;
  }

  /** @throws {Refusal} 400 InvalidParameter, LimitExceeded; 404; 409 IncorrectState while the job is not active */
  createRun(details: RunDetails, by: string): StoredRun {
    const job = this.job(details.jobId);
    if (this.jobState(job) !== "ACTIVE") {
      throw incorrectState(`The job is ${this.jobState(job)}: it must be ACTIVE to be run.`);
    }
    const effective = effectiveRun(job.details, details, this.settings.environment);
    const row = this.#row("datasciencejobrun", details, by);
    checkRules(row.displayName, effective);
    this.#checkNamed(details.projectId, effective.log);
    const run: StoredRun = {
      ...row,
      jobId: job.id,
      details,
      effective,
      lifecycleState: "ACCEPTED",
      lifecycleDetails: "Infrastructure provisioning.",
    };
    this.options.limits.check({ "job-run-count": 1, ...coresOf(run) });
    this.runs.put(run.id, run);
    this.onRun(run);
    return run;
  }

  /** @throws {Refusal} 404 */
  run(id: string): StoredRun {
    return existing(this.runs.get(id));
  }

  runsOf(jobId: string): readonly StoredRun[] {
    return [...this.runs.values()].filter((run) => run.jobId === jobId && run.lifecycleState !== "DELETED");
  }

  /** Writes a run down as it is now, under a new etag. */
  putRun(run: StoredRun): StoredRun {
    const changed = { ...run, etag: randomUUID() };
    this.runs.put(run.id, changed);
    return changed;
  }

  /** Says by a work request that something was deleted. @returns its OCID */
  workRequest(operationType: string, entityType: string, row: { id: string; compartmentId: string }): string {
    const id = newOcid("datascienceworkrequest", this.options.regionKey);
    const { compartmentId, id: identifier } = row;
    const times = { timeAccepted: this.now, timeFinished: this.now + this.settings.jobMs };
    const about = { operationType, entityType, actionType: "DELETED", compartmentId, identifier };
    this.options.workRequests.add({ id, ...about, ...times });
    return id;
  }

  #row(kind: string, details: Tagged & { readonly compartmentId: string }, createdBy: string): Row {
    const { compartmentId, displayName, freeformTags, definedTags } = details;
    const id = newOcid(kind, this.options.regionKey);
    return {
      id,
      compartmentId,
      displayName: displayName || `${kind}${timeName(this.now)}`,
      freeformTags: freeformTags ?? {},
      definedTags: definedTags ?? {},
      createdBy,
      timeCreated: this.now,
      etag: createHash("sha256").update(id).digest("hex").slice(0, 32),
    };
  }

  #checkNamed(projectId: string, log: { readonly logGroupId?: string | null; readonly logId?: string | null }): void {
    if (this.projectById(projectId).deletedAt !== undefined) throw notAuthorizedOrNotFound();
    const { logs } = this.options;
    if (log.logGroupId && logs.groups.get(log.logGroupId) === undefined) throw notAuthorizedOrNotFound();
    if (log.logId && logs.logs.get(log.logId)?.logGroupId !== log.logGroupId) throw notAuthorizedOrNotFound();
  }

  #defineLimits(): void {
    const active = (): readonly StoredRun[] =>
      [...this.runs.values()].filter(({ lifecycleState }) => !finishedStates.includes(lifecycleState));
    const define = (name: string, description: string, value: number, used: () => number): void =>
      this.options.limits.define({ service: "data-science", name, description, value, used });
    define("job-count", "Jobs", 1000, () => [...this.jobs.values()].filter((job) => !job.deletedAt).length);
    define("job-run-count", "Job runs that are not over", 1000, () => active().length);
    for (const { name } of shapes) {
      define(coreLimit(name), `OCPUs of job runs on ${name}`, 10_000, () =>
        active().reduce((sum, run) => sum + (coresOf(run)[coreLimit(name)] ?? 0), 0),
      );
    }
  }
}

type Row = Pick<
  StoredJob,
  "id" | "compartmentId" | "displayName" | "freeformTags" | "definedTags" | "createdBy" | "timeCreated" | "etag"
>;

/** @throws {Refusal} 409 */
export function incorrectState(message: string): Refusal {
  return new Refusal(409, "IncorrectState", message);
}

/** Whether a job runs in an image of the user's, and so without an artifact. */
export function bringsItsImage(details: JobDetails): boolean {
  const legacy = details.jobConfigurationDetails?.environmentVariables?.["CONTAINER_CUSTOM_IMAGE"];
  const groups = details.jobNodeConfigurationDetails?.jobNodeGroupConfigurationDetailsList ?? [];
  const images = groups.filter(({ jobEnvironmentConfigurationDetails }) => jobEnvironmentConfigurationDetails);
  return Boolean(details.jobEnvironmentConfigurationDetails) || legacy !== undefined || images.length > 0;
}

/** How many OCPUs of which limit a run takes. */
function coresOf({ effective }: StoredRun): Readonly<Record<string, number>> {
  const groups = effective.nodes?.jobNodeGroupConfigurationDetailsList ?? [];
  const machines = [
    { infrastructure: effective.infrastructure, count: 1 },
    ...groups.map((group) => ({
      infrastructure: group.jobInfrastructureConfigurationDetails ?? effective.infrastructure,
      count: group.replicas ?? 1,
    })),
  ];
  const cores: Record<string, number> = {};
  for (const { infrastructure, count } of machines) {
    const size = sizeOf(infrastructure);
    const name = coreLimit(infrastructure.shapeName ?? "");
    if (size !== undefined) cores[name] = (cores[name] ?? 0) + size.ocpus * count;
  }
  return cores;
}

function coreLimit(shape: string): string {
  return `${shape.toLowerCase().replaceAll(".", "-")}-core-count`;
}

/** As the service names what was given no name. */
function timeName(now: number): string {
  return new Date(now).toISOString().replaceAll(/\D/g, "").slice(0, 14);
}

function existing<T>(row: T | undefined): T {
  if (row === undefined) throw notAuthorizedOrNotFound();
  return row;
}
