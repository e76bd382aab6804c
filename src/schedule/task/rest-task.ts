import type { models } from "oci-dataintegration";
import type { Wire } from "../../oci/wire.ts";
import { jobRunId, pollCondition, successCondition } from "./conditions.ts";
import { payloadOf, type TaskRun } from "./payload.ts";
import { pollMinutes } from "./runtime.ts";

/** A REST task as it is created, but for its description and the project that it goes into. */
export type RestTask = Omit<Wire<models.CreateTaskFromRestTask>, "registryMetadata" | "description">;

export interface RestTaskOptions {
  readonly name: string;
  /** Upper-case letters, digits and underscores. */
  readonly identifier: string;
  /** Data Science's endpoint, of the region's own realm: `https://datascience.us-ashburn-1.oci.oraclecloud.com`. */
  readonly endpoint: string;
  /** Whose resource principal the calls are signed by. */
  readonly principal: "workspace" | "application";
  /** Whether a run may start while another goes on. */
  readonly concurrent: boolean;
  readonly run: TaskRun;
}

/** How often the task looks at the job run. A job run takes minutes to start. */
const pollSeconds = 60;

/**
 * The REST task that starts a job run, waits for its end, and cancels it where the task is terminated.
 * Its state is the run's: a notebook that fails makes the task fail.
 */
export function restTask(options: RestTaskOptions): RestTask {
  const { name, identifier, run } = options;
  const jobRuns = `${options.endpoint}/20190101/jobRuns`;
  const payload = payloadOf(run);
  return {
    modelType: "REST_TASK",
    name,
    identifier,
    isConcurrentAllowed: options.concurrent,
    apiCallMode: "ASYNC_GENERIC",
    authConfig: {
      modelType: "OCI_RESOURCE_AUTH_CONFIG",
      resourcePrincipalSource: options.principal === "workspace" ? "WORKSPACE" : "APPLICATION",
    },
    parameters: payload.parameters,
    executeRestCallConfig: call("REST_CALL_CONFIG", "POST", {
      requestURL: { stringValue: jobRuns },
      requestPayload: {
        refValue: {
          modelType: "JSON_TEXT",
          encoded: false,
          configValues: { configParamValues: { dataParam: { stringValue: payload.text } } },
        },
      },
    }),
    typedExpressions: [
      {
        modelType: "TYPED_EXPRESSION",
        name: "JOB_RUN_ID",
        type: "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR",
        configValues: { configParamValues: { length: { intValue: 2000 } } },
        expression: jobRunId,
      },
    ],
    pollRestCallConfig: call("POLL_REST_CALL_CONFIG", "GET", {
      requestURL: { stringValue: `${jobRuns}/#{JOB_RUN_ID}` },
      pollCondition: expression(pollCondition),
      pollInterval: { objectValue: pollSeconds },
      pollIntervalUnit: { stringValue: "SECONDS" },
      pollMaxDuration: { objectValue: pollMinutes(run.maximumRuntimeInMinutes) },
      pollMaxDurationUnit: { stringValue: "MINUTES" },
    }),
    // DELETE, as the published tasks have it, deletes runs that have ended and cancels none.
    cancelRestCallConfig: call("REST_CALL_CONFIG", "POST", {
      requestURL: { stringValue: `${jobRuns}/#{JOB_RUN_ID}/actions/cancelJobRun` },
    }),
    opConfigValues: { configParamValues: { successCondition: expression(successCondition) } },
  };
}

type Values = Readonly<Record<string, Wire<models.ConfigParameterValue>>>;

/** The `modelType` is in every body that is known to work, and in none of the SDK's models. */
function call<Method extends "GET" | "POST">(modelType: string, methodType: Method, configParamValues: Values) {
  const headers = methodType === "POST" ? { requestHeaders: { "Content-Type": "application/json" } } : {};
  return { modelType, methodType, ...headers, configValues: { configParamValues } };
}

function expression(exprString: string): Wire<models.ConfigParameterValue> {
  return { refValue: { modelType: "EXPRESSION", exprString } };
}
