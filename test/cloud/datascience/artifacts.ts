import { createHash } from "node:crypto";
import type { Exchange, Headers } from "../http/exchange.ts";
import { invalidParameter, notAuthenticated, notAuthorizedOrNotFound, Refusal } from "../http/refusal.ts";
import type { Route } from "../http/service.ts";
import { bringsItsImage, incorrectState } from "./data-science.ts";
import type { Artifact } from "./model.ts";
import { base, type Wire } from "./wire.ts";

/** The most that an artifact may have. */
const maximumBytes = 4 * 2 ** 30;

/** A job's artifact: sent once, and never replaced. */
export function artifactRoutes({ dataScience }: Wire): readonly Route[] {
  const path = `${base}/jobs/{jobId}/artifact`;
  const found = (exchange: Exchange): Artifact => {
    const { artifact } = dataScience.job(exchange.parameter("jobId"));
    if (artifact === undefined) throw notAuthorizedOrNotFound();
    return artifact;
  };
  return [
    {
      operation: "CreateJobArtifact",
      method: "POST",
      path,
      // Clients differ in whether they sign the body of what may be gigabytes.
      security: "unsigned",
      permissions: ["DATA_SCIENCE_JOB_CREATE", "DATA_SCIENCE_JOB_UPDATE"],
      handle: async (exchange) => {
        const job = dataScience.job(exchange.parameter("jobId"));
        if (job.artifact !== undefined) throw incorrectState("The job has an artifact, which cannot be replaced.");
        const name = fileName(exchange);
        if (!bringsItsImage(job.details) && !/\.(py|sh|zip|tar|gz|tgz)$/i.test(name)) {
          throw invalidParameter(
            `The artifact's file name ${JSON.stringify(name)} must end with .py, .sh, .zip, .tar, .tar.gz or .tgz.`,
          );
        }
        const received = await receive(exchange, { name, now: dataScience.now }, dataScience.bodies);
        try {
          const { etag } = dataScience.addArtifact(dataScience.job(job.id), received);
          await exchange.reply(204, undefined, { etag });
        } catch (error) {
          if (error instanceof Refusal && error.code === "IncorrectState") {
            await dataScience.bodies.release([received.segment]);
          }
          throw error;
        }
      },
    },
    {
      operation: "HeadJobArtifact",
      method: "HEAD",
      path: `${path}/content`,
      permissions: ["DATA_SCIENCE_JOB_READ"],
      handle: (exchange) => {
        const artifact = found(exchange);
        const headers = { ...headersOf(artifact), "content-length": String(artifact.segment.bytes) };
        return exchange.send(200, headers, Buffer.alloc(0));
      },
    },
    {
      operation: "GetJobArtifactContent",
      method: "GET",
      path: `${path}/content`,
      permissions: ["DATA_SCIENCE_JOB_READ"],
      handle: (exchange) => {
        const artifact = found(exchange);
        const { bytes } = artifact.segment;
        const range = /^bytes=(\d+)-(\d*)$/.exec(exchange.header("range") ?? "");
        const start = Number(range?.[1] ?? 0);
        const end = Math.min(bytes, range?.[2] ? Number(range[2]) + 1 : bytes);
        const chunks = dataScience.bodies.read([artifact.segment], start, end);
        const part = range === null ? {} : { "content-range": `bytes ${start}-${end - 1}/${bytes}` };
        const headers = { ...headersOf(artifact), ...part };
        return exchange.send(range === null ? 200 : 206, headers, { length: end - start, chunks });
      },
    },
  ];
}

function headersOf({ contentDisposition, md5, timeModified }: Artifact): Headers {
  return {
    "content-type": "application/octet-stream",
    "content-disposition": contentDisposition,
    "content-md5": md5,
    "last-modified": new Date(timeModified).toUTCString(),
  };
}

/** The name that the content's disposition gives it; by that the service tells what kind of file it is. */
function fileName(exchange: Exchange): string {
  const disposition = exchange.header("content-disposition") ?? "";
  const [, quoted, bare] = /filename\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(disposition) ?? [];
  const name = quoted ?? bare ?? "";
  if (name === "" || /[/\\]/.test(name)) {
    throw invalidParameter("The content-disposition header must be: attachment; filename=<name>.");
  }
  return name;
}

async function receive(
  exchange: Exchange,
  { name, now }: { readonly name: string; readonly now: number },
  bodies: Wire["dataScience"]["bodies"],
): Promise<Artifact> {
  if (exchange.header("content-length") === undefined) {
    throw new Refusal(411, "MissingContentLength", "The content-length header is required.");
  }
  if (exchange.declaredLength() > maximumBytes) throw invalidParameter("The artifact must have at most 4 GB.");
  const digesters = { md5: () => createHash("md5"), sha256: () => createHash("sha256") };
  const { segment, digests } = await bodies.write(exchange.incoming(), digesters);
  const signed = exchange.header("x-content-sha256");
  if (segment.bytes === 0 || (signed !== undefined && signed !== digests["sha256"])) {
    await bodies.release([segment]);
    if (segment.bytes === 0) throw invalidParameter("The artifact must not be empty.");
    throw notAuthenticated("The x-content-sha256 header does not match the request body.");
  }
  const contentDisposition = exchange.header("content-disposition") ?? "";
  return { name, contentDisposition, segment, md5: digests["md5"] ?? "", timeModified: now };
}
