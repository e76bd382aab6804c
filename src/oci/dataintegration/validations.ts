import type { models } from "oci-dataintegration";
import { NbjobError } from "../../text/errors.ts";
import { path } from "../rest.ts";
import type { Wire } from "../wire.ts";
import type { DataIntegration } from "./client.ts";

/**
 * Has the service look at a pipeline before it is made.
 * @throws NbjobError `refused` with every error that it finds
 */
export async function validatePipeline(
  di: DataIntegration,
  workspaceId: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const what = `checking the pipeline ${String(body["name"])}`;
  const { name, identifier, description, nodes } = body;
  const pipeline = { modelType: "PIPELINE", name, identifier, description, nodes };
  const all = path`/workspaces/${workspaceId}/pipelineValidations`;
  const call = { what, method: "POST", path: all, body: pipeline } as const;
  const { value } = await di.call<Wire<models.PipelineValidation>>(call);
  // It is kept, and would be found among the workspace's objects for ever.
  await di.find<unknown>({ what, method: "DELETE", path: all + path`/${value.key ?? ""}` });
  if ((value.errorMessageCount ?? 0) === 0) return;
  const messages = Object.values(value.validationMessages ?? {})
    .flat()
    .filter(({ level }) => level === "ERROR")
    .map(({ validationMessage = "" }) => validationMessage);
  throw new NbjobError("refused", `Data Integration refuses the pipeline ${String(body["name"])}.`, {
    problems: messages.map((message) => ({ message })),
  });
}
