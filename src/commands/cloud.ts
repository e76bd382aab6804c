import { OciConnection } from "../oci/connection.ts";
import { DataScience } from "../oci/datascience/client.ts";
import type { CommandContext } from "./command.ts";
import { plainEnvironment } from "./environment.ts";

/** Data Science for one command, its connections ended when the command is. */
export async function withDataScience<T>(
  { env, log }: CommandContext,
  work: (dataScience: DataScience) => Promise<T>,
): Promise<T> {
  const connection = new OciConnection({ env: plainEnvironment(env), log });
  try {
    return await work(new DataScience(connection));
  } finally {
    await connection.close();
  }
}
