import { NbjobError } from "../../text/errors.ts";
import type { Credentials } from "./credentials.ts";
import { type InstanceOptions, openInstancePrincipal } from "./instance-principal.ts";
import { metadataAnswers } from "./metadata.ts";
import { openResourcePrincipal } from "./resource-principal.ts";
import { openResourcePrincipalV1 } from "./resource-principal-v1.ts";
import { configFile, findProfile, openUser } from "./user.ts";

export interface ChooseOptions extends InstanceOptions {
  readonly home: string;
  readonly debug: (message: string) => void;
}

/** `OCI_CLI_AUTH` as the CLI knows it, and `OCI_IAM_TYPE` as ADS does. */
const choices: Readonly<Record<string, (options: ChooseOptions) => Promise<Credentials>>> = {
  api_key: profileOnly,
  security_token: profileOnly,
  instance_principal: openInstancePrincipal,
  resource_principal: openResource,
};

/**
 * Finds the credentials to use: those that `OCI_CLI_AUTH` or `OCI_IAM_TYPE` ask for; else the resource principal that a
 * job run gives; else a profile of `~/.oci/config`, with an API key or a session token; else the machine's own instance
 * principal. (The last one is asked last: outside of OCI it takes a second and a half to learn that nobody answers.)
 *
 * @throws NbjobError `not-authorized` where there are none, `environment` where those that are meant are unusable
 */
export async function chooseCredentials(options: ChooseOptions): Promise<Credentials> {
  const { env, home, debug } = options;
  const wanted = env["OCI_CLI_AUTH"] || env["OCI_IAM_TYPE"];
  if (wanted) {
    const open = choices[wanted.toLowerCase()];
    if (open === undefined) {
      const remedy = `Use one of ${Object.keys(choices).join(", ")}.`;
      throw new NbjobError("environment", `OCI_CLI_AUTH asks for ${wanted}, which nbjob does not know.`, { remedy });
    }
    return open(options);
  }
  if (env["OCI_RESOURCE_PRINCIPAL_VERSION"]) return openResource(options);
  debug("OCI credentials: no resource principal (OCI_RESOURCE_PRINCIPAL_VERSION is not set)");
  const profile = await findProfile(options);
  const { path } = configFile(env, home);
  if (profile !== undefined) return openProfile(profile, options);
  debug(`OCI credentials: no config file ${path}`);
  if (await metadataAnswers(options)) return openInstancePrincipal(options);
  debug("OCI credentials: no instance principal (no metadata service answers)");
  throw new NbjobError(
    "not-authorized",
    `No OCI credentials were found: no resource principal, no config file ${path}, no instance principal.`,
    { remedy: "Run it as a job run, or make a config file with `oci setup config`, or name one in OCI_CONFIG_FILE." },
  );
}

function openResource(options: ChooseOptions): Promise<Credentials> {
  const version = options.env["OCI_RESOURCE_PRINCIPAL_VERSION"] ?? "";
  if (version === "2.2") return openResourcePrincipal(options);
  if (version === "1.1") return openResourcePrincipalV1(options);
  const what = version === "" ? "is not set" : `is ${version}; nbjob knows 1.1 and 2.2`;
  throw new NbjobError("environment", `OCI_RESOURCE_PRINCIPAL_VERSION ${what}.`, {
    remedy: "To use other credentials, set OCI_CLI_AUTH to api_key, security_token or instance_principal.",
  });
}

async function profileOnly(options: ChooseOptions): Promise<Credentials> {
  const profile = await findProfile(options);
  if (profile !== undefined) return openProfile(profile, options);
  const { path } = configFile(options.env, options.home);
  throw new NbjobError("environment", `The OCI config file ${path} does not exist.`, { location: path });
}

/** Some profiles only say which principal to use. */
function openProfile(
  profile: NonNullable<Awaited<ReturnType<typeof findProfile>>>,
  options: ChooseOptions,
): Promise<Credentials> {
  const type = profile.values["authentication_type"];
  if (type === "instance_principal") return openInstancePrincipal(options);
  if (type === "resource_principal") return openResource(options);
  return openUser(profile, options);
}
