/** The SDK's clients over our transport: what breaks with the SDK's own is right here. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import objectstorage from "oci-objectstorage";
import { OciConnection } from "../../src/oci/connection.ts";
import { SdkHttpClient } from "../../src/oci/sdk-http-client.ts";
import { ServiceFailure } from "../../src/oci/service-failure.ts";
import { startCloud } from "../cloud/cloud.ts";
import { keptLog, quickRetry } from "../storage/server.ts";

async function openClient() {
  const cloud = await startCloud();
  const connection = new OciConnection({ env: { ...cloud.env, HOME: "/nonexistent" }, log: keptLog() });
  const client = new objectstorage.ObjectStorageClient({ httpClient: new SdkHttpClient(connection, quickRetry) });
  client.endpoint = cloud.url;
  const where = { namespaceName: cloud.namespace, bucketName: "bucket" };
  return {
    cloud,
    client,
    where,
    async [Symbol.asyncDispose]() {
      await connection.close();
      await cloud.close();
    },
  };
}

test("whole bodies, streams and JSON go through, and nothing is printed", async (t) => {
  await using open = await openClient();
  const { client, where } = open;
  const warnings = t.mock.method(console, "warn", () => {});
  const bytes = randomBytes(20 * 1024 * 1024);
  await client.putObject({ ...where, objectName: "whole", putObjectBody: bytes, contentLength: bytes.length });
  await client.putObject({
    ...where,
    objectName: "stream",
    putObjectBody: Readable.from([bytes]),
    contentLength: bytes.length,
  });
  for (const objectName of ["whole", "stream"]) {
    const { value } = await client.getObject({ ...where, objectName });
    // The SDK gives a web stream, which is what `buffer` takes, under another type.
    const body: unknown = value;
    assert.ok(body instanceof ReadableStream);
    assert.equal((await buffer(body)).equals(bytes), true);
  }
  const created = await client.createBucket({
    namespaceName: where.namespaceName,
    createBucketDetails: { name: "another", compartmentId: open.cloud.compartment },
  });
  assert.equal(created.bucket.name, "another");
  await client.deleteObject({ ...where, objectName: "whole" });
  assert.equal(warnings.mock.callCount(), 0);
});

test("a failure is an Error with the service's code, at once, and nothing is printed", async (t) => {
  await using open = await openClient();
  const { client, where, cloud } = open;
  const warnings = t.mock.method(console, "warn", () => {});
  const failures = [
    () => client.getObject({ ...where, objectName: "missing" }),
    () => client.deleteObject({ ...where, objectName: "missing" }),
    () => client.listObjects({ ...where, bucketName: "missing" }),
  ];
  for (const failure of failures) {
    await assert.rejects(
      failure,
      (error) => error instanceof ServiceFailure && error.status === 404 && error.requestId !== "",
    );
  }
  assert.equal(warnings.mock.callCount(), 0);
  assert.equal(cloud.requests.count(), 3);
});

test("what may pass is tried again; what may have been done and has no token is not", async () => {
  await using open = await openClient();
  const { client, where, cloud } = open;
  cloud.faults.add({ kind: "status", status: 502, times: 2 });
  await client.listObjects(where);
  cloud.faults.add({ kind: "error-after-commit", status: 500 });
  const details = { name: "once", compartmentId: cloud.compartment };
  await assert.rejects(client.createBucket({ namespaceName: cloud.namespace, createBucketDetails: details }), {
    status: 500,
  });
  cloud.faults.add({ kind: "status", status: 429, times: 2 });
  const other = { ...details, name: "twice" };
  await client.createBucket({ namespaceName: cloud.namespace, createBucketDetails: other });
});
