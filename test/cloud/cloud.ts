import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Identity, keptKey } from "./auth/identity.ts";
import { Policy } from "./auth/policy.ts";
import { writeConfig } from "./identity/config.ts";
import { Caller } from "./identity/caller.ts";
import { Instance } from "./identity/instance.ts";
import {
  makeResourcePrincipal,
  resourcePrincipalService,
  type ResourcePrincipal,
  type ResourcePrincipalOptions,
} from "./identity/resource.ts";
import { DataIntegration } from "./dataintegration/dataintegration.ts";
import { dataIntegrationService } from "./dataintegration/service.ts";
import { makeDataScience, type DataScienceParts } from "./datascience/make.ts";
import { scheduleService } from "./datascience/schedules/routes.ts";
import { Schedules } from "./datascience/schedules/schedules.ts";
import { controlService } from "./faults/control.ts";
import { Faults } from "./faults/faults.ts";
import { RequestLog } from "./faults/requests.ts";
import { RetryTokens } from "./http/retry-tokens.ts";
import { createCloudServer } from "./http/server.ts";
import { objectStorageService } from "./objectstorage/service.ts";
import { Storage } from "./objectstorage/storage.ts";
import { type Bodies, DiskBodies } from "./state/bodies.ts";
import { Journal } from "./state/journal.ts";
import { Clock, type ClockOptions } from "./time/clock.ts";
import { Secrets } from "./vault/secrets.ts";
import { vaultService } from "./vault/service.ts";

export interface CloudOptions {
  /** Port on the loopback; default a free one. */
  readonly port?: number;
  /** Where everything is kept; the same folder gives the same cloud again. Default a temporary folder that goes away on close. */
  readonly data?: string;
  readonly namespace?: string;
  readonly region?: string;
  /** Buckets to have from the start; default `bucket`. */
  readonly buckets?: readonly string[];
  /** Bytes that every part of a multipart upload but the last must have; default 10 MiB, as documented. */
  readonly minimumPart?: number;
  /** Where objects' bytes are kept; default files below `data`. */
  readonly bodies?: Bodies;
  /** The most objects that one ListObjects answers with; default 1,000. */
  readonly maximumPage?: number;
  /** Milliseconds since the epoch; default the machine's clock. */
  readonly now?: () => number;
  /** The time that schedules, polls and lifecycles go by; default the machine's, running. */
  readonly clock?: ClockOptions;
  /** Milliseconds of that clock that each step of a lifecycle takes; default 20. */
  readonly step?: number;
  /** Told of the fake's own mistakes; default it rethrows them, so that a test fails. */
  readonly onBug?: (error: unknown, operation: string) => void;
}

/** A running fake of OCI. */
export interface Cloud extends AsyncDisposable, DataScienceParts {
  /** `http://127.0.0.1:<port>`, for every service. */
  readonly url: string;
  readonly region: string;
  readonly namespace: string;
  readonly tenancy: string;
  readonly compartment: string;
  readonly user: string;
  /** Where everything is kept. */
  readonly folder: string;
  /** An OCI configuration; profiles `DEFAULT`, `PASSPHRASE` and `SESSION`. */
  readonly configFile: string;
  /** What to set so that nbjob, the SDKs and the `oci` command line find this cloud. */
  readonly env: Readonly<Record<string, string>>;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly policy: Policy;
  readonly identity: Identity;
  /** The machine that runs here: what the metadata service tells of it, and how long its tokens last. */
  readonly instance: Instance;
  /** What makes a process an instance principal; the federation is at `/v1/x509`. */
  readonly instanceEnv: Readonly<Record<string, string>>;
  /** What makes a process a resource principal of version 1.1, on top of {@link Cloud.instanceEnv}. */
  readonly resourcePrincipal11Env: Readonly<Record<string, string>>;
  /** Makes a resource principal of version 2.2, with its token and key in files of its own. */
  resourcePrincipal(options?: ResourcePrincipalOptions): Promise<ResourcePrincipal>;
  /** The buckets and objects, without the wire. */
  readonly storage: Storage;
  /** The vaults' secrets, without the wire. */
  readonly secrets: Secrets;
  readonly dataIntegration: DataIntegration;
  /** The time that schedules, polls and lifecycles go by; signatures do not. */
  readonly clock: Clock;
  close(): Promise<void>;
}

/** Starts a cloud of its own on this machine's loopback. */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const { region = "us-ashburn-1", namespace = "nbjobcloud", now = Date.now } = options;
  const temporary = options.data === undefined ? await mkdtemp(join(tmpdir(), "cloud-")) : undefined;
  const data = options.data ?? temporary ?? "";
  const account = { tenancy: ocid("tenancy"), compartment: ocid("compartment"), user: ocid("user"), region };
  const { tenancy, compartment, user } = account;
  const identity = new Identity(await keptKey(join(data, "identity"), "issuer.pem"), now);
  const configFile = await writeConfig(join(data, "identity"), account, identity);

  const journal = new Journal(data);
  const bodies = options.bodies ?? new DiskBodies(join(data, "bodies"));
  const storage = new Storage({ bodies, journal, namespace, compartment, now });
  const clock = new Clock(options.clock);
  const secrets = new Secrets(journal, { vault: "ocid1.vault.oc1.iad.nbjobcloud.aaaaaaaanbjobcloud", now });
  const faults = new Faults();
  const requests = new RequestLog();
  const policy = new Policy();
  const controlled = { faults, requests, policy, identity, clock };
  const { minimumPart = 10 * 2 ** 20, maximumPage = 1000 } = options;
  const context = { ...account, identity, regionKey: regionKey(region), now };
  const instance = new Instance(context);
  let url = "";
  const caller = new Caller({ identity, region, url: () => url, signal: clock.signal });
  const { step: delay = 20 } = options;
  let principals = 0;
  const resourcePrincipal = (wanted: ResourcePrincipalOptions = {}): Promise<ResourcePrincipal> =>
    makeResourcePrincipal(join(data, "principals", String(++principals)), context, wanted);
  const onBug = options.onBug ?? rethrow;
  const surroundings = { folder: data, url: () => url, principal: resourcePrincipal, policy, onBug };
  const jobs = makeDataScience({ ...context, ...surroundings, account, journal, storage });
  // Artifacts are among the bodies, and known by now.
  await storage.open();
  for (const name of options.buckets ?? ["bucket"]) {
    if (!storage.buckets().some((bucket) => bucket.name === name)) storage.createBucket(name, { createdBy: user });
  }
  const dataIntegration = new DataIntegration({ ...context, journal, clock, delay, caller });
  const { dataScience, models } = jobs.parts;
  const schedules = new Schedules({ journal, clock, caller, account, regionKey: regionKey(region), delay });
  const services = [
    controlService(controlled),
    objectStorageService(storage, { minimumPart, maximumPage }),
    vaultService(secrets),
    instance.service(),
    resourcePrincipalService(context),
    dataIntegrationService(dataIntegration),
    ...jobs.services,
    scheduleService(schedules, { dataScience, models: models.dataScience, retryTokens: new RetryTokens() }),
  ];
  const server = createCloudServer({ ...controlled, services, region: `${regionKey(region)}-1`, now, onBug });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The cloud has no port.");
  url = `http://127.0.0.1:${address.port}`;

  const close = async (): Promise<void> => {
    await clock.close();
    for (const service of services) await service.close?.();
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    await requests.idle();
    journal.close();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  };
  const env = {
    NBJOB_OCI_ENDPOINT: url,
    NBJOB_OCI_NAMESPACE: namespace,
    NBJOB_OCI_COMPARTMENT: compartment,
    NBJOB_OCI_PROJECT: jobs.parts.project,
    NBJOB_OCI_LOG_GROUP: jobs.parts.logGroup,
    OCI_CONFIG_FILE: configFile,
    OCI_CLI_CONFIG_FILE: configFile,
    OCI_CLI_ENDPOINT: url,
  };
  const instanceEnv = { OCI_METADATA_BASE_URL: `${url}/opc/v2` };
  const resourcePrincipal11Env = {
    OCI_RESOURCE_PRINCIPAL_VERSION: "1.1",
    OCI_RESOURCE_PRINCIPAL_RPT_ENDPOINT: url,
    OCI_RESOURCE_PRINCIPAL_RPST_ENDPOINT: url,
    OCI_RESOURCE_PRINCIPAL_RPT_ID: "ocid1.datasciencejobrun.oc1.iad.aaaaaaaanbjobcloud",
  };
  const places = { url, region, namespace, tenancy, compartment, user, folder: data, configFile };
  const environments = { env, instanceEnv, resourcePrincipal11Env };
  const base = { ...controlled, storage, secrets, instance, resourcePrincipal };
  const controls = { ...base, dataIntegration, ...jobs.parts };
  return { ...places, ...environments, ...controls, close, [Symbol.asyncDispose]: close };
}

/** An identifier of the form that OCI gives its things. */
export function ocid(kind: string, unique = "aaaaaaaanbjobcloud"): string {
  return `ocid1.${kind}.oc1..${unique}`;
}

/** The three letters that stand for a region. */
function regionKey(region: string): string {
  return { "us-ashburn-1": "iad", "us-phoenix-1": "phx", "uk-london-1": "lhr" }[region] ?? region;
}

function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
