import type { models } from "oci-dataintegration";
import type { Wire } from "../../oci/wire.ts";
import { NbjobError } from "../../text/errors.ts";

export type TaskParameter = Wire<models.Parameter>;

/** The most characters that a value of type VARCHAR has. */
const longest = 4000;

/**
 * A text parameter of a REST task, used in its request's payload.
 *
 * @param value what it is unless a run or a schedule says otherwise, as it is to stand in the payload
 * @throws NbjobError `invalid-job-file` for a value that Data Integration has no room for
 */
export function taskParameter(name: string, value: string, description: string): TaskParameter {
  if (value.length > longest) {
    throw new NbjobError(
      "invalid-job-file",
      `The parameter ${name} of the REST task would have ${value.length} characters, and Data Integration takes ${longest}.`,
      { remedy: "Put what is long into the job file, or into a file that the work reads." },
    );
  }
  return {
    modelType: "PARAMETER",
    name,
    description,
    type: "Seeded:/typeSystems/PLATFORM/dataTypes/VARCHAR",
    typeName: "VARCHAR",
    isInput: true,
    isOutput: false,
    defaultValue: value,
    configValues: {
      configParamValues: {
        length: { intValue: longest },
        usedInParam: { stringValue: "Execute API Config: (Request Payload)" },
      },
    },
  };
}
