import type { Overrides } from "../spec/load.ts";
import type { Invocation } from "./command.ts";
import { pairs, text, texts } from "./options.ts";

/** The values that a command line gives from outside the job file. */
export function overridesOf(invocation: Invocation): Overrides {
  const outputFolder = text(invocation, "outputFolder");
  const kernel = text(invocation, "kernel");
  return {
    set: texts(invocation, "set"),
    parameters: pairs(invocation, "parameters"),
    rawParameters: pairs(invocation, "parameters_raw"),
    parametersFiles: texts(invocation, "parameters_file"),
    parametersYaml: texts(invocation, "parameters_yaml"),
    ...(outputFolder === undefined ? {} : { outputFolder }),
    ...(kernel === undefined ? {} : { kernel }),
  };
}
