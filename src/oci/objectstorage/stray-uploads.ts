import type { OciAnswer } from "../answer.ts";
import { ServiceFailure } from "../service-failure.ts";
import { jsonOf } from "./body.ts";
import type { ObjectStorageClient } from "./client.ts";
import { bucketTarget, encodeQuery, type ObjectName, uploadTarget } from "./names.ts";
import { recordOf } from "./objects.ts";

/** Clocks of a service's machines differ a little. */
const leeway = 2_000;

/**
 * Aborts uploads that were begun for us, but whose name got lost with the answer: they would stay in the bucket, unseen.
 * Only those of this object and of the time since we began are taken for ours. Best effort.
 *
 * @param kept the upload that goes on
 * @param sinceMs how long ago the first try was, in milliseconds
 */
export async function abortStrays(
  client: ObjectStorageClient,
  name: ObjectName,
  kept: string | undefined,
  sinceMs: number,
): Promise<void> {
  const signal = AbortSignal.timeout(15_000);
  try {
    let page: string | undefined;
    do {
      const target = `${bucketTarget(name)}/u${encodeQuery({ limit: 1000, page })}`;
      const take = async (answer: OciAnswer): Promise<{ strays: readonly string[]; next: string | undefined }> => ({
        strays: straysOf(await jsonOf(answer), Date.parse(answer.header("date") ?? "") - sinceMs - leeway),
        next: answer.header("opc-next-page"),
      });
      const { strays, next } = await client.call({ method: "GET", target, signal }, { what: "listing uploads", take });
      for (const stray of strays) await abortUpload(client, name, stray, signal);
      page = next;
    } while (page !== undefined);
  } catch (error) {
    client.connection.log.debug(`Object Storage: lost uploads of ${name.object} were not looked for: ${String(error)}`);
  }

  function straysOf(uploads: unknown, since: number): readonly string[] {
    if (!Array.isArray(uploads)) return [];
    return uploads.flatMap((item: unknown) => {
      const { object, uploadId, timeCreated } = recordOf(item);
      const ours = object === name.object && typeof uploadId === "string" && uploadId !== kept;
      return ours && Date.parse(String(timeCreated)) >= since ? [uploadId] : [];
    });
  }
}

/** An upload that is gone already is no error. */
export async function abortUpload(
  client: ObjectStorageClient,
  name: ObjectName,
  uploadId: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const request = { method: "DELETE" as const, target: uploadTarget(name, { uploadId }), signal };
    await client.call(request, { what: `aborting an upload of ${name.object}`, take: (answer) => answer.body.dump() });
  } catch (error) {
    if (!(error instanceof ServiceFailure) || error.status !== 404) throw error;
  }
}
