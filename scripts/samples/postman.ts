/** The calls of the set-up as a Postman collection, each taking from its answer what the next ones need. */
import { blank, blanks, filled, name, sampleObjects } from "./setting.ts";

interface Call {
  readonly name: string;
  readonly method: string;
  /** Below the API's version. */
  readonly path: string;
  readonly body?: unknown;
  /** Variable → JavaScript that finds its value in `answer`. */
  readonly keeps?: Readonly<Record<string, string>>;
}

const { workspace, application } = {
  workspace: `/workspaces/${blank("workspace_id")}`,
  application: `/workspaces/${blank("workspace_id")}/applications/${blank("application_key")}`,
};

/** Where each kind of object is made, and what is kept of it. */
const paths: Readonly<Record<string, readonly [path: string, variable: string]>> = {
  workspace: ["/workspaces", ""],
  project: [`${workspace}/projects`, "project_key"],
  task: [`${workspace}/tasks`, "task_key"],
  application: [`${workspace}/applications`, "application_key"],
  "published task": [`${application}/patches`, "patch_key"],
  schedule: [`${application}/schedules`, "schedule_key"],
  "task schedule": [`${application}/taskSchedules`, ""],
};

/** What has to be asked once something was made. */
const afterwards: Readonly<Record<string, readonly Call[]>> = {
  workspace: [
    {
      name: "Find the workspace (again, until it is ACTIVE)",
      method: "GET",
      path: `/workspaces?compartmentId=${blank("compartment_id")}&name=nbjob`,
      keeps: { workspace_id: "(answer.items || answer)[0].id" },
    },
  ],
  "published task": [
    {
      name: "Look at the publication (again, until it is SUCCESSFUL)",
      method: "GET",
      path: `${application}/patches/${blank("patch_key")}`,
    },
    {
      name: "Find the published task: its key is another one",
      method: "GET",
      path: `${application}/publishedObjects?identifier=${name.toUpperCase()}`,
      keeps: { published_task_key: "answer.items[0].key" },
    },
  ],
};

export async function postmanCollection(): Promise<string> {
  const keys = ["project", "task", "application", "published task", "schedule"];
  const objects = await sampleObjects(
    new Map([
      ["workspace", blank("workspace_id")],
      ...keys.map((ref): [string, string] => [ref, blank(`${ref.replace(" ", "_")}_key`)]),
    ]),
  );
  const calls = objects.flatMap(({ ref, name: title, body }): readonly Call[] => {
    const [path = "", variable = ""] = paths[ref] ?? [];
    const keeps = variable === "" ? {} : { keeps: { [variable]: "answer.key" } };
    const verb = ref === "published task" ? "Publish the task" : `Make the ${ref}`;
    return [{ name: `${verb} ${title}`, method: "POST", path, body, ...keeps }, ...(afterwards[ref] ?? [])];
  });
  const run = { registryMetadata: { aggregatorKey: blank("published_task_key") } };
  const keeps = { task_run_key: "answer.key" };
  calls.push(
    { name: "Run the task now", method: "POST", path: `${application}/taskRuns`, body: run, keeps },
    { name: "Look at the run", method: "GET", path: `${application}/taskRuns/${blank("task_run_key")}` },
  );
  const kept = calls.flatMap((call) => Object.keys(call.keeps ?? {}));
  const collection = {
    info: {
      name: "nbjob on OCI Data Integration",
      description:
        "Run a job file on a schedule. Every call is to be signed as OCI wants it: put the collection beside a signing script, as in Oracle's own collections. Fill in the variables, send the calls in order.",
      schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    variable: [
      ...Object.entries(blanks).map(([key, description]) => ({ key, value: usual[key] ?? "", description })),
      ...kept.map((key) => ({ key, value: "" })),
    ],
    item: calls.map(item),
  };
  return filled(`${JSON.stringify(collection, undefined, 2)}\n`, (variable) => `{{${variable}}}`);
}

const usual: Readonly<Record<string, string>> = { region: "us-ashburn-1", domain: "oraclecloud.com" };

function item({ name: title, method, path, body, keeps = {} }: Call): object {
  const lines = Object.entries(keeps).map(([key, found]) => `pm.collectionVariables.set("${key}", ${found});`);
  const exec = ["const answer = pm.response.json();", ...lines];
  return {
    name: title,
    ...(lines.length === 0 ? {} : { event: [{ listen: "test", script: { type: "text/javascript", exec } }] }),
    request: {
      method,
      header: body === undefined ? [] : [{ key: "Content-Type", value: "application/json" }],
      url: `https://dataintegration.${blank("region")}.oci.${blank("domain")}/20200430${path}`,
      ...(body === undefined
        ? {}
        : {
            body: {
              mode: "raw",
              raw: JSON.stringify(body, undefined, 2),
              options: { raw: { language: "json" } },
            },
          }),
    },
  };
}
