/**
 * The same set-up for Terraform. The provider has names of its own for what bodies hold, snake_case; and where a body has a
 * map from names to settings, it has either a block of that name or a block with a `key`, which differs from place to place.
 */
import { hclLines, MapValue } from "./hcl.ts";
import { blank, blanks, type SampleObject, sampleObjects } from "./setting.ts";

const types: Readonly<Record<string, string>> = {
  workspace: "oci_dataintegration_workspace",
  project: "oci_dataintegration_workspace_project",
  task: "oci_dataintegration_workspace_task",
  application: "oci_dataintegration_workspace_application",
  "published task": "oci_dataintegration_workspace_application_patch",
  schedule: "oci_dataintegration_workspace_application_schedule",
  "task schedule": "oci_dataintegration_workspace_application_task_schedule",
};

const inApplication = ["published task", "schedule", "task schedule"];

function reference(ref: string, attribute: string): string {
  return blank(`${types[ref] ?? ""}.nbjob.${attribute}`);
}

export async function terraform(): Promise<string> {
  const refs = new Map([
    ["workspace", reference("workspace", "id")],
    ...["project", "task", "application", "schedule"].map((ref): [string, string] => [ref, reference(ref, "key")]),
    ["published task", reference("published task", "patch_object_metadata[0].key")],
  ] as const);
  const objects = await sampleObjects(refs);
  const usual: Readonly<Record<string, string>> = { region: "us-ashburn-1", domain: "oraclecloud.com" };
  return [
    "# Made by npm run samples: what nbjob schedule would make, for Terraform. Each variable says what it is.",
    "terraform {",
    "  required_providers {",
    '    oci = { source = "oracle/oci" }',
    "  }",
    "}",
    "",
    ...Object.entries(blanks).flatMap(([key, description]) => [
      `variable "${key}" {`,
      ...hclLines({ description, ...(usual[key] === undefined ? {} : { default: usual[key] }) }),
      "}",
      "",
    ]),
    ...objects.flatMap((object) => [
      `resource "${types[object.ref]}" "nbjob" {`,
      ...hclLines(valuesOf(object)),
      "}",
      "",
    ]),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

function valuesOf({ ref, body }: SampleObject): Readonly<Record<string, unknown>> {
  const place = {
    ...(ref === "workspace" ? {} : { workspace_id: reference("workspace", "id") }),
    ...(inApplication.includes(ref) ? { application_key: reference("application", "key") } : {}),
  };
  return { ...place, ...(snaked(ref === "task" ? taskBody(body) : body) as Readonly<Record<string, unknown>>) };
}

/**
 * The settings of the task itself and of its parameters go by keys, those of its calls by names. What the provider has no
 * name for is left out: the service takes what is left out for what nbjob would have said.
 */
function taskBody(body: SampleObject["body"]): Readonly<Record<string, unknown>> {
  const {
    opConfigValues,
    parameters,
    isConcurrentAllowed: _,
    pollRestCallConfig: { modelType: __, ...pollRestCallConfig },
    ...rest
  } = body as {
    readonly opConfigValues: Settings;
    readonly parameters: readonly { readonly configValues: Settings }[];
    readonly isConcurrentAllowed: boolean;
    readonly pollRestCallConfig: Readonly<Record<string, unknown>>;
  };
  return {
    ...rest,
    pollRestCallConfig,
    opConfigValues: keyed(opConfigValues),
    parameters: parameters.map((each) => ({ ...each, configValues: keyed(each.configValues) })),
  };
}

interface Settings {
  readonly configParamValues: Readonly<Record<string, Setting>>;
}

interface Setting {
  readonly stringValue?: string;
  readonly intValue?: number;
  readonly refValue?: { readonly exprString?: string };
}

function keyed({ configParamValues }: Settings): object {
  return {
    configParamValues: Object.entries(configParamValues).map(([key, { refValue, ...value }]) => ({
      key,
      // An expression is a text here.
      configParamValue: refValue === undefined ? value : { stringValue: refValue.exprString },
    })),
  };
}

function snaked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snaked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
      // Of a payload, where it says what is so anyway.
      if (key === "encoded") return [];
      const snake = key.replaceAll(/URL$/g, "Url").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const isMap = key === "requestHeaders" || key === "freeformTags";
      return [[snake, isMap ? new MapValue(each as Readonly<Record<string, string>>) : snaked(each)]];
    }),
  );
}
