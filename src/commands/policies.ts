import { policiesFor } from "../policies/policies.ts";
import { asTerraform } from "../policies/terraform.ts";
import { asJson, asText } from "../policies/write.ts";
import { loadForLaunch } from "../spec/launchable.ts";
import { openStores } from "../storage/stores.ts";
import { NbjobError } from "../text/errors.ts";
import type { CommandContext, Invocation } from "./command.ts";
import { plainEnvironment } from "./environment.ts";
import { namedJob } from "./job.ts";
import { overridesOf } from "./overrides.ts";
import { text } from "./options.ts";

/** `nbjob policies JOBFILE`: what OCI's administrators must allow for this job file, as text, JSON or Terraform. */
export async function policiesCommand(invocation: Invocation, context: CommandContext): Promise<number> {
  const [json, terraform] = [invocation.values["json"] === true, invocation.values["terraform"] === true];
  if (json && terraform) throw new NbjobError("usage", "--json and --terraform are two answers: give one");
  const name = text(invocation, "name") ?? "nbjob";
  if (!/^[A-Za-z][\w.-]{0,80}$/.test(name)) {
    throw new NbjobError("usage", "--name: expected a letter, then letters, digits, dots, dashes and underscores");
  }
  const compartment = text(invocation, "compartment");
  if (compartment !== undefined && !/^ocid1\.(?:compartment|tenancy)\.[\w.-]+$/.test(compartment)) {
    throw new NbjobError("usage", "--compartment: expected the OCID of a compartment");
  }
  const group = text(invocation, "group");
  if (group !== undefined && !/^[\w.@/ +-]+$/.test(group)) {
    throw new NbjobError("usage", "--group: expected a group's name: letters, digits, spaces and . _ @ + / -");
  }
  const stores = openStores({ env: plainEnvironment(context.env), log: context.log });
  try {
    const named = namedJob(invocation, context);
    if (named === undefined) {
      throw new NbjobError("usage", "No job file is named", { remedy: "For example: nbjob policies job.yaml" });
    }
    // As launch reads it: what only the run knows may stand in a location.
    const reading = {
      stores,
      env: plainEnvironment(context.env),
      cwd: context.cwd,
      overrides: overridesOf(invocation),
    };
    const { spec } = await loadForLaunch(named, reading);
    const policies = policiesFor(spec, { name, group, compartment, broad: invocation.values["broad"] === true });
    context.log.print((json ? asJson : terraform ? asTerraform : asText)(policies));
    return 0;
  } finally {
    await stores.close();
  }
}
