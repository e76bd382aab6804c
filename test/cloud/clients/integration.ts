/** What tests of Data Integration need: the SDK's client, and the objects that most of them begin with. */
import { ConfigFileAuthenticationDetailsProvider, NoRetryConfigurationDetails } from "oci-common";
import { DataIntegrationClient, type models } from "oci-dataintegration";
import type { Cloud } from "../cloud.ts";

/** The SDK's own client of the cloud, which repeats nothing by itself. */
export function integrationClient(cloud: Cloud): DataIntegrationClient {
  const authenticationDetailsProvider = new ConfigFileAuthenticationDetailsProvider(cloud.configFile);
  const retryConfiguration = NoRetryConfigurationDetails;
  const client = new DataIntegrationClient({ authenticationDetailsProvider }, { retryConfiguration });
  client.endpoint = cloud.url;
  return client;
}

/** A workspace with a project and an application in it, and a client of it. */
export interface Bench {
  readonly cloud: Cloud;
  readonly client: DataIntegrationClient;
  readonly workspaceId: string;
  readonly projectKey: string;
  readonly applicationKey: string;
}

/** Makes a workspace, over the wire. The clock must be frozen, and is moved. */
export async function makeBench(cloud: Cloud): Promise<Bench> {
  const client = integrationClient(cloud);
  const createWorkspaceDetails = { displayName: "ws", compartmentId: cloud.compartment };
  const { opcWorkRequestId: workRequestId } = await client.createWorkspace({ createWorkspaceDetails });
  await cloud.clock.advance(1000);
  const { workRequest } = await client.getWorkRequest({ workRequestId });
  const workspaceId = workRequest.resources[0]?.identifier ?? "";
  const { projectSummaryCollection } = await client.listProjects({ workspaceId });
  const { applicationSummaryCollection } = await client.listApplications({ workspaceId });
  const projectKey = projectSummaryCollection.items[0]?.key ?? "";
  const applicationKey = applicationSummaryCollection.items[0]?.key ?? "";
  return { cloud, client, workspaceId, projectKey, applicationKey };
}

/** What a REST task says besides its name; texts are those of the calls. */
export interface TaskSketch {
  readonly identifier?: string;
  readonly url: string;
  readonly payload?: string;
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE" | "PUT";
  readonly parameters?: Readonly<Record<string, string>>;
  readonly expressions?: Readonly<Record<string, string>>;
  readonly poll?: {
    readonly url: string;
    readonly condition: string;
    readonly interval: number;
    readonly maximum: number;
  };
  readonly cancel?: { readonly url?: string; readonly method: "POST" | "DELETE" };
  readonly success?: string;
  readonly concurrent?: boolean;
  readonly auth?: object;
}

/** A REST task as published samples write it. */
export function restTask(projectKey: string, sketch: TaskSketch): models.CreateTaskFromRestTask {
  const { identifier = "CALL", url, payload, poll, cancel, success } = sketch;
  const varchar = "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR";
  const expression = (exprString: string): object => ({ refValue: { modelType: "EXPRESSION", exprString } });
  const configValues = (configParamValues: object): models.ConfigValues => {
    // The SDK's types want every field of the values that are given.
    return { configParamValues } as models.ConfigValues;
  };
  const dataParam = { modelType: "JSON_TEXT", configValues: configValues({ dataParam: { stringValue: payload } }) };
  const task = {
    modelType: "REST_TASK",
    name: identifier.toLowerCase(),
    identifier,
    registryMetadata: { aggregatorKey: projectKey },
    isConcurrentAllowed: sketch.concurrent ?? true,
    apiCallMode: poll === undefined ? "SYNCHRONOUS" : "ASYNC_GENERIC",
    authConfig: sketch.auth ?? { modelType: "OCI_RESOURCE_AUTH_CONFIG", resourcePrincipalSource: "WORKSPACE" },
    parameters: Object.entries(sketch.parameters ?? {}).map(([name, defaultValue]) => {
      return {
        modelType: "PARAMETER",
        name,
        type: varchar,
        typeName: "VARCHAR",
        isInput: true,
        isOutput: false,
        defaultValue,
      };
    }),
    typedExpressions: Object.entries(sketch.expressions ?? {}).map(([name, text]) => {
      return { modelType: "TYPED_EXPRESSION", name, type: varchar, expression: text };
    }),
    executeRestCallConfig: {
      methodType: sketch.method ?? (payload === undefined ? "GET" : "POST"),
      requestHeaders: { "Content-Type": "application/json" },
      configValues: configValues({
        requestURL: { stringValue: url },
        ...(payload === undefined ? {} : { requestPayload: { refValue: dataParam } }),
      }),
    },
    ...(poll && {
      pollRestCallConfig: {
        methodType: "GET",
        configValues: configValues({
          requestURL: { stringValue: poll.url },
          pollCondition: expression(poll.condition),
          pollInterval: { objectValue: poll.interval },
          pollIntervalUnit: { stringValue: "SECONDS" },
          pollMaxDuration: { objectValue: poll.maximum },
          pollMaxDurationUnit: { stringValue: "SECONDS" },
        }),
      },
    }),
    ...(cancel && {
      cancelRestCallConfig: {
        methodType: cancel.method,
        configValues: configValues(cancel.url === undefined ? {} : { requestURL: { stringValue: cancel.url } }),
      },
    }),
    ...(success !== undefined && { opConfigValues: configValues({ successCondition: expression(success) }) }),
  };
  // Enums of the SDK are not the texts that they stand for.
  return task as unknown as models.CreateTaskFromRestTask;
}

/** Publishes a task. @returns the key of the published object */
export async function publish({ cloud, client, workspaceId, applicationKey }: Bench, taskKey: string): Promise<string> {
  const place = { workspaceId, applicationKey };
  const identifier = `PUBLISH_${taskKey.replaceAll("-", "_").toUpperCase()}_${cloud.clock.now()}`;
  // As above, for the enum.
  const details = {
    name: "publish",
    identifier,
    patchType: "PUBLISH",
    objectKeys: [taskKey],
  } as models.CreatePatchDetails;
  const { patch } = await client.createPatch({ ...place, createPatchDetails: details });
  await cloud.clock.advance(1000);
  const { patch: done } = await client.getPatch({ ...place, patchKey: patch.key ?? "" });
  if (String(done.patchStatus) !== "SUCCESSFUL") throw new Error(JSON.stringify(done.errorMessages));
  const { publishedObjectSummaryCollection } = await client.listPublishedObjects({
    ...place,
    identifier: [await identifierOf()],
  });
  return publishedObjectSummaryCollection.items[0]?.key ?? "";

  async function identifierOf(): Promise<string> {
    const { task } = await client.getTask({ workspaceId, taskKey });
    return task.identifier ?? "";
  }
}
