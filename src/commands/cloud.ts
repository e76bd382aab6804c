import { OciConnection } from "../oci/connection.ts";
import { DataScience } from "../oci/datascience/client.ts";
import type { CommandContext } from "./command.ts";
import { plainEnvironment } from "./environment.ts";

/**
 * Data Science for one command, its connections ended when the command is.
 *
 * @param quietly whose credentials are used is told under --debug only: the answer of a list is the list
 */
export async function withDataScience<T>(
  { env, log }: CommandContext,
  work: (dataScience: DataScience) => Promise<T>,
  { quietly = false }: { readonly quietly?: boolean } = {},
): Promise<T> {
  const debug = (message: string): void => log.debug(message);
  const quiet = { debug, info: debug, warn: (message: string) => log.warn(message) };
  const connection = new OciConnection({ env: plainEnvironment(env), log: quietly ? quiet : log });
  try {
    return await work(new DataScience(connection));
  } finally {
    await connection.close();
  }
}
