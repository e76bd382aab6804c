import { execa } from "execa";
import { startCloud, type Cloud, type CloudOptions } from "../cloud.ts";

/** A cloud, and programs that are told where it is. */
export interface Setting extends AsyncDisposable {
  readonly cloud: Cloud;
  /** All that such programs need of the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a program to its end; a failure says what it wrote. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
}

/** A cloud for other people's clients, which must see none of this machine's own configuration. */
export async function clientSetting(options: CloudOptions = {}): Promise<Setting> {
  const cloud = await startCloud(options);
  const own = {
    PATH: process.env.PATH ?? "",
    HOME: cloud.folder,
    ...cloud.env,
    CLOUD_URL: cloud.url,
    CLOUD_NAMESPACE: cloud.namespace,
    CLOUD_COMPARTMENT: cloud.compartment,
    OCI_CLI_SUPPRESS_FILE_PERMISSIONS_WARNING: "True",
    SUPPRESS_LABEL_WARNING: "True",
    NO_PROXY: "127.0.0.1",
  };
  const run: Setting["run"] = async (program, args, env = {}) => {
    const environment = { env: { ...own, ...env }, extendEnv: false, reject: false } as const;
    const { stdout, stderr, failed } = await execa(program, args, environment);
    if (failed) throw new Error([program, ...args, "failed:", ...stderr.split("\n").slice(-40)].join("\n"));
    return stdout;
  };
  return { cloud, env: own, run, [Symbol.asyncDispose]: () => cloud.close() };
}
