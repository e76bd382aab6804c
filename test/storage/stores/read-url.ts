/** Run by https.test.ts with an environment of its own: prints what a URL holds, or the failure. */
import { openHttpsStore } from "../../../src/storage/stores/https.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import { keptLog } from "../server.ts";

const store = openHttpsStore({ env: process.env, log: keptLog() });
try {
  const { body } = await store.read({ kind: "http", url: process.argv[2] ?? "" });
  for await (const chunk of body) process.stdout.write(chunk);
} catch (error) {
  process.stdout.write(error instanceof NbjobError ? `${error.reason} ${error.message}` : String(error));
}
await store.close?.();
