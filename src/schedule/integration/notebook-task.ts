import type { DataIntegration } from "../../oci/dataintegration/client.ts";
import { tasks } from "../../oci/dataintegration/objects.ts";
import { identifierOf } from "../identifier.ts";
import type { Refs, Resource } from "../plan/resource.ts";
import type { TaskRun } from "../task/payload.ts";
import { restTask } from "../task/rest-task.ts";
import { objectResource } from "./resources.ts";

export interface NotebookTask {
  /** `task`, or in a pipeline a name of its own. */
  readonly ref: string;
  readonly name: string;
  readonly description: string;
  /** Data Science's. */
  readonly endpoint: string;
  readonly principal: "workspace" | "application";
  readonly concurrent: boolean;
  /** The OCID of its job may come from what is made before. */
  readonly run: (refs: Refs) => TaskRun;
}

/** The REST task in the project that starts a job run and waits for it. */
export function notebookTask(di: DataIntegration, task: NotebookTask): Resource {
  const { name, endpoint, principal, concurrent } = task;
  const identifier = identifierOf(name);
  return objectResource(di, {
    ref: task.ref,
    noun: "REST task",
    name,
    identifier,
    below: ["workspace", "project"],
    collection: (refs) => tasks(refs.get("workspace")),
    in: "project",
    body: (refs) => restTask({ name, identifier, endpoint, principal, concurrent, run: task.run(refs) }),
    description: task.description,
  });
}
