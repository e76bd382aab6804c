import type { Policies } from "./statement.ts";
import { blanksIn, type Words } from "./words.ts";

/** `oci_identity_dynamic_group` and `oci_identity_policy`; every blank is a variable. */
export function asTerraform({ name, dynamicGroups, statements }: Policies): string {
  const texts = [...dynamicGroups.map(({ rule }) => rule), ...statements.map(({ words }) => words)];
  const variables = blanksIn(texts).flatMap(({ what }) => variable(nameOf(what), what));
  const groups = dynamicGroups.flatMap((group) => [
    `resource "oci_identity_dynamic_group" "${nameOf(group.name)}" {`,
    "  compartment_id = var.tenancy_ocid",
    `  name           = ${quoted(group.name)}`,
    `  description    = ${quoted(group.why)}`,
    `  matching_rule  = ${hcl(group.rule)}`,
    "}",
    "",
  ]);
  const references = dynamicGroups.map((group) => `oci_identity_dynamic_group.${nameOf(group.name)}`);
  return [
    ...variable("tenancy_ocid", "OCID of the tenancy, where dynamic groups are kept"),
    ...variable(
      "policy_compartment_ocid",
      "OCID of the compartment of the policy: the tenancy, or one above all that it names",
    ),
    ...variables,
    ...groups,
    `resource "oci_identity_policy" "${nameOf(name)}" {`,
    "  compartment_id = var.policy_compartment_ocid",
    `  name           = ${quoted(name)}`,
    `  description    = ${quoted("What nbjob needs to launch, run and schedule")}`,
    "  statements = [",
    ...statements.flatMap((statement) => [`    # ${oneLine(statement.why)}`, `    ${hcl(statement.words)},`]),
    "  ]",
    ...(references.length === 0 ? [] : [`  depends_on = [${references.join(", ")}]`]),
    "}",
  ].join("\n");
}

function variable(name: string, description: string): readonly string[] {
  return [`variable "${name}" {`, "  type        = string", `  description = ${quoted(description)}`, "}", ""];
}

function hcl(text: Words): string {
  return `"${text.map((part) => (typeof part === "string" ? escaped(part) : `\${var.${nameOf(part.what)}}`)).join("")}"`;
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

/** Within quotes, HCL reads escapes, `${…}` and `%{…}`. */
function escaped(text: string): string {
  return text
    .replaceAll(/["\\]/g, String.raw`\$&`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll(/[$%](?=\{)/g, "$&$&");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/** An identifier: `OCID of the compartment of bucket a.b` → `ocid_of_the_compartment_of_bucket_a_b`. */
function nameOf(what: string): string {
  const name = what
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
  return /^[a-z]/.test(name) ? name : `n_${name}`;
}
