/** The samples in jobs/ that are made from the code: current, and good for what they are for. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { execa } from "execa";
import { samples } from "../../scripts/samples/all.ts";
import { OciConnection } from "../../src/oci/connection.ts";
import { startCloud, type Cloud } from "../cloud/cloud.ts";
import { root } from "../support/program.ts";
import { venvOrSkip } from "../support/venv.ts";

const sample = (path: string): Promise<string> => readFile(join(root, path), "utf8");

test("the samples are current: npm run samples", async () => {
  for (const [path, text] of Object.entries(await samples())) assert.equal(await sample(path), text, path);
});

interface Collection {
  readonly variable: readonly { readonly key: string; readonly value: string }[];
  readonly item: readonly {
    readonly event?: readonly { readonly script: { readonly exec: readonly string[] } }[];
    readonly request: {
      readonly method: "GET" | "POST";
      readonly url: string;
      readonly body?: { readonly raw: string };
    };
  }[];
}

function values(cloud: Cloud): Readonly<Record<string, string>> {
  return {
    compartment_id: cloud.compartment,
    data_science_project_id: cloud.project,
    job_id: "ocid1.datasciencejob.oc1.iad.aaaaaaaanbjobcloud",
    job_file_url: `oci://bucket@${cloud.namespace}/job.yaml`,
  };
}

/** Whether a work request or a patch is under way. */
function isBusy({ dataIntegration }: Cloud): boolean {
  return (
    dataIntegration.workspaces.list().some(({ lifecycleState }) => lifecycleState === "CREATING") ||
    dataIntegration.objects.all().some(({ body }) => ["QUEUED", "IN_PROGRESS"].includes(String(body["patchStatus"])))
  );
}

test("the collection's calls, sent in order, make everything and start a run", async () => {
  await using cloud = await startCloud();
  const collection = JSON.parse(await sample("jobs/data-integration.postman_collection.json")) as Collection;
  const variables = new Map(collection.variable.map(({ key, value }) => [key, value]));
  for (const [key, value] of Object.entries(values(cloud))) variables.set(key, value);
  const put = (text: string): string =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => variables.get(key) ?? "?");
  const connection = new OciConnection({ env: cloud.env, log: { debug: () => {}, info: () => {}, warn: () => {} } });
  try {
    for (const { event = [], request } of collection.item) {
      const { pathname, search } = new URL(put(request.url));
      const bytes = Buffer.from(put(request.body?.raw ?? ""));
      const signed = request.method === "POST" ? { signed: { bytes, contentType: "application/json" } } : {};
      const answer = await connection.send(cloud.url, { method: request.method, target: pathname + search, ...signed });
      const text = await answer.body.text();
      const pm = {
        response: { json: (): unknown => JSON.parse(text) },
        collectionVariables: { set: (key: string, value: string) => variables.set(key, value) },
      };
      for (const { script } of event) runInNewContext(script.exec.join("\n"), { pm });
      while (isBusy(cloud)) await wait(10);
    }
  } finally {
    await connection.close();
  }
  const kinds = cloud.dataIntegration.objects.all().map(({ kind }) => kind);
  for (const kind of ["tasks", "publishedObjects", "schedules", "taskSchedules", "taskRuns"] as const) {
    assert.equal(kinds.filter((each) => each === kind).length, 1, kind);
  }
});

test("the Terraform is Terraform, and says what the REST task's body says", async (t) => {
  const python = await venvOrSkip(t, "spec");
  if (python === undefined) return;
  const text = await sample("jobs/terraform/main.tf");
  const { stdout } = await execa(
    python,
    ["-c", "import hcl2, json, sys; print(json.dumps(hcl2.loads(sys.stdin.read())))"],
    { input: text },
  );
  const found = stdout.replaceAll(/\$\$\{/g, "${");
  const task = JSON.parse(await sample("jobs/rest-task.json")) as Readonly<Record<string, unknown>>;
  for (const needed of ["pollCondition", "successCondition", "expression"])
    assert.ok(JSON.stringify(task).includes(needed));
  for (const word of textsIn(task)) {
    // What a tenancy knows stands in other words there, and so do texts with line ends; the provider knows no model of polls.
    if (/[<\n"\\]/.test(word) || word === "POLL_REST_CALL_CONFIG") continue;
    assert.ok(found.includes(word), word);
  }
  assert.match(text, /\$\$\{MAXIMUM_RUNTIME\}/);
});

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
