import type { Policy } from "../auth/policy.ts";
import type { ResourcePrincipal, ResourcePrincipalOptions } from "../identity/resource.ts";
import { RetryTokens } from "../http/retry-tokens.ts";
import type { Service } from "../http/service.ts";
import { WorkRequests } from "../http/work-requests.ts";
import { Limits } from "../limits/limits.ts";
import { limitsService } from "../limits/service.ts";
import { Logs } from "../logging/logs.ts";
import { loggingService } from "../logging/service.ts";
import { Models } from "../models/models.ts";
import type { Storage } from "../objectstorage/storage.ts";
import type { Journal } from "../state/journal.ts";
import { runControlService } from "./control.ts";
import { DataScience } from "./data-science.ts";
import { Machine } from "./machine/machine.ts";
import type { MachineSettings } from "./machine/settings.ts";
import { Runner } from "./runner.ts";
import { dataScienceService } from "./service.ts";

/** What a cloud has of Data Science, Logging and service limits. */
export interface DataScienceParts {
  /** The OCID of a Data Science project that exists from the start. */
  readonly project: string;
  /** The OCID of a log group that exists from the start. */
  readonly logGroup: string;
  /** Projects, jobs and runs without the wire, and how the service behaves. */
  readonly dataScience: DataScience;
  /** What happens to job runs. */
  readonly runs: Runner;
  /** How runs are executed that no script speaks for. */
  readonly machines: MachineSettings;
  /** Log groups, logs and records without the wire, and how late they are. */
  readonly logs: Logs;
  readonly limits: Limits;
  /** Judges of request bodies; what they let through unknown is in their `unknown`. */
  readonly models: Readonly<Record<"dataScience", Models>>;
}

export interface DataScienceContext {
  readonly journal: Journal;
  readonly storage: Storage;
  readonly account: { readonly tenancy: string; readonly compartment: string; readonly user: string };
  readonly regionKey: string;
  readonly region: string;
  /** Where files are that outlive runs. */
  readonly folder: string;
  readonly policy: Policy;
  readonly url: () => string;
  readonly principal: (options: ResourcePrincipalOptions) => Promise<ResourcePrincipal>;
  readonly now: () => number;
  readonly onBug: (error: unknown, operation: string) => void;
}

/** Makes the services around job runs. */
export function makeDataScience(context: DataScienceContext): {
  readonly parts: DataScienceParts;
  readonly services: readonly Service[];
} {
  const { journal, storage, account, regionKey, now, onBug } = context;
  const retryTokens = new RetryTokens();
  const limits = new Limits();
  const logRequests = new WorkRequests(now);
  const logs = new Logs({ journal, account, regionKey, workRequests: logRequests, now });
  const logGroup = logs.groups.values().find(({ displayName }) => displayName === "nbjob") ?? logs.createGroup("nbjob");
  const workRequests = new WorkRequests(now);
  const dataScience = new DataScience({
    journal,
    storage,
    account,
    regionKey,
    logs,
    limits,
    workRequests,
    now,
  });
  const machine = new Machine({ ...context, dataScience });
  const execute = machine.execute.bind(machine);
  const runs = new Runner(dataScience, execute, (error) => onBug(error, "job run"));
  const models = new Models("oci-datascience");
  const { project } = dataScience;
  return {
    parts: {
      project,
      logGroup: logGroup.id,
      dataScience,
      runs,
      machines: machine.settings,
      logs,
      limits,
      models: { dataScience: models },
    },
    services: [
      dataScienceService({ dataScience, models, retryTokens }, runs, workRequests),
      loggingService({ logs, workRequests: logRequests, retryTokens }),
      limitsService(limits),
      runControlService({ dataScience, runs, machines: machine.settings, logs }),
    ],
  };
}
