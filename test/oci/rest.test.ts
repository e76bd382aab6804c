/** Calls of OCI's JSON services: what is tried again, what is not, and what a failure says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { OciConnection } from "../../src/oci/connection.ts";
import { DataScience } from "../../src/oci/datascience/client.ts";
import { path, RestClient } from "../../src/oci/rest.ts";
import { serviceError } from "../../src/oci/service-error.ts";
import { ServiceFailure } from "../../src/oci/service-failure.ts";
import { NbjobError } from "../../src/text/errors.ts";
import { startCloud } from "../cloud/cloud.ts";
import { keptLog, quickRetry } from "../storage/server.ts";

async function openClient() {
  const cloud = await startCloud();
  const connection = new OciConnection({ env: { ...cloud.env, HOME: "/nonexistent" }, log: keptLog() });
  const client = new RestClient(connection, "secrets", "20190301", quickRetry);
  return {
    cloud,
    client,
    connection,
    async [Symbol.asyncDispose]() {
      await connection.close();
      await cloud.close();
    },
  };
}

const read = (id: string) => ({ what: "reading the secret", method: "GET" as const, path: path`/secretbundles/${id}` });

test("an answer is read as JSON, after what may pass has passed", async () => {
  await using open = await openClient();
  const { cloud, client } = open;
  const id = cloud.secrets.put("token", "s3cret");
  cloud.faults.add({ kind: "status", status: 502, times: 2 });
  const { value } = await client.call<{ secretId: string }>(read(id));
  assert.equal(value.secretId, id);
  assert.equal(cloud.requests.count(), 3);
});

test("a POST keeps its retry token through its tries, and another one has another", async () => {
  await using open = await openClient();
  const { cloud, client } = open;
  cloud.secrets.put("token", "s3cret");
  const query = { secretName: "token", vaultId: cloud.secrets.vault };
  const call = { what: "reading", method: "POST" as const, path: "/secretbundles/actions/getByName", query };
  const tokens: (string | undefined)[] = [];
  cloud.faults.add({ kind: "status", status: 429, times: 2 });
  await client.call(call);
  await client.call(call);
  for (const request of cloud.requests.list()) tokens.push(request.headers["opc-retry-token"]?.toString());
  assert.equal(new Set(tokens.slice(0, 3)).size, 1);
  assert.equal(new Set(tokens).size, 2);
  assert.ok(!tokens.includes(undefined));
});

test("a failure is told with what was done, the service's words, and the policy that would allow it", async () => {
  await using open = await openClient();
  const { client, connection, cloud } = open;
  const failed = await client.call(read("ocid1.vaultsecret.oc1.iad.missing")).catch((error: unknown) => error);
  assert.ok(failed instanceof ServiceFailure);
  const told = await serviceError(failed, {
    connection,
    service: "secrets",
    what: "reading the secret",
    policy: (principal) => `allow ${principal} to read it`,
  });
  assert.ok(told instanceof NbjobError);
  assert.equal(told.reason, "not-authorized");
  assert.match(told.message, /^Reading the secret failed: .*opc-request-id /);
  assert.match(told.remedy ?? "", /allow user to read it/);
  cloud.faults.add({ kind: "status", status: 400 });
  const refused = await client.call(read("x")).catch((error: unknown) => error);
  const context = { connection, service: "secrets", what: "reading" } as const;
  const sentence = await serviceError(refused, context);
  assert.ok(sentence instanceof NbjobError && sentence.reason === "refused" && sentence.exitCode === 76);
});

test("a large body on a slow line is no silence", async () => {
  await using cloud = await startCloud();
  const env = { ...cloud.env, HOME: "/nonexistent" };
  const connection = new OciConnection({ env, log: keptLog(), silenceMs: 1_000 });
  const place = { projectId: cloud.project, compartmentId: cloud.compartment };
  const { id } = cloud.dataScience.createJob(
    {
      ...place,
      jobConfigurationDetails: { jobType: "DEFAULT" },
      jobInfrastructureConfigurationDetails: {
        jobInfrastructureType: "ME_STANDALONE",
        shapeName: "VM.Standard2.1",
        blockStorageSizeInGBs: 50,
      },
    },
    "test",
  );
  cloud.faults.add({
    kind: "slow",
    bytesPerSecond: 8_000_000,
    side: "request",
    match: { operation: "CreateJobArtifact" },
  });
  await new DataScience(connection, quickRetry).uploadArtifact(id, "a.py", new Uint8Array(24_000_000));
  assert.equal(cloud.requests.count({ operation: "CreateJobArtifact" }), 1);
  await connection.close();
});

test("a path keeps what would end a segment", () => {
  assert.equal(path`/jobs/${"a/b?c#d e"}/artifact`, "/jobs/a%2Fb%3Fc%23d%20e/artifact");
});
