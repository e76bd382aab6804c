/** Validations: what a task or a pipeline would be refused for, asked before. */
import type { Exchange } from "../http/exchange.ts";
import type { DataIntegration } from "./dataintegration.ts";
import { found, readOperations, scopeOf, shown, withoutKeys } from "./object-routes.ts";
import type { Body, Kind, StoredObject } from "./objects.ts";
import { checkBody, type Operation } from "./rules.ts";
import { pipelineProblems, taskProblems } from "./validation.ts";

export function validationOperations(cloud: DataIntegration): readonly Operation[] {
  return [
    ...family(cloud, "taskValidations", "TaskValidation", (object) => taskProblems(cloud, object)),
    ...family(cloud, "pipelineValidations", "PipelineValidation", ({ workspace, body }) =>
      pipelineProblems(cloud.withTasks(workspace, body)),
    ),
  ];
}

function family(
  cloud: DataIntegration,
  kind: Kind,
  singular: string,
  problemsOf: (object: StoredObject) => readonly string[],
): readonly Operation[] {
  const { objects, models } = cloud;
  const path = `/workspaces/{workspaceId}/${kind}`;
  const parameter = `${singular.charAt(0).toLowerCase()}${singular.slice(1)}Key`;
  const one = `${path}/{${parameter}}`;
  const given = (exchange: Exchange): StoredObject =>
    found(cloud, scopeOf(cloud, exchange, kind), exchange.parameter(parameter));
  return [
    {
      operation: `Create${singular}`,
      method: "POST",
      path,
      answer: async (exchange) => {
        const place = scopeOf(cloud, exchange, kind);
        const body = await exchange.json();
        checkBody(models, `Create${singular}Details`, body, { unchecked: ["authConfig"] });
        const object = objects.create({ ...place, body: withoutKeys(body), by: exchange.principal.id });
        return shown(cloud, objects.update(object, { ...messages(problemsOf(object)), modelType: singularType(kind) }));
      },
    },
    ...readOperations(cloud, kind, { path, parameter, singular, plural: `${singular}s` }),
    {
      operation: `Delete${singular}`,
      method: "DELETE",
      path: one,
      answer: async (exchange) => {
        objects.delete(given(exchange));
        return { status: 204 };
      },
    },
  ];
}

function singularType(kind: Kind): string {
  return kind === "taskValidations" ? "TASK_VALIDATION" : "PIPELINE_VALIDATION";
}

function messages(problems: readonly string[]): Body {
  const list = problems.map((validationMessage) => ({
    level: "ERROR",
    messageKey: "DIS_VALIDATION",
    validationMessage,
  }));
  return {
    totalMessageCount: list.length,
    errorMessageCount: list.length,
    warnMessageCount: 0,
    infoMessageCount: 0,
    validationMessages: list.length === 0 ? {} : { ERROR: list },
  };
}
