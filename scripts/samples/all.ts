import { postmanCollection } from "./postman.ts";
import { blank, filled, sampleObjects } from "./setting.ts";
import { terraform } from "./terraform.ts";

/** Every generated sample, by its path in the repository. */
export async function samples(): Promise<Readonly<Record<string, string>>> {
  const work = { kind: "arguments", arguments: "--day 2026-01-31" } as const;
  return {
    "jobs/rest-task.json": await restTask(),
    "jobs/rest-task-arguments.json": await restTask(work),
    "jobs/data-integration.postman_collection.json": await postmanCollection(),
    "jobs/terraform/main.tf": await terraform(),
  };
}

/** The task's body alone, with `<NAME>` where a value goes: for the REST task that a console or script makes. */
async function restTask(work?: Parameters<typeof sampleObjects>[1]): Promise<string> {
  const objects = await sampleObjects(new Map([["project", blank("project_key")]]), work);
  const body = objects.find(({ ref }) => ref === "task")?.body;
  return filled(`${JSON.stringify(body, undefined, 2)}\n`, (name) => `<${name.toUpperCase()}>`);
}
