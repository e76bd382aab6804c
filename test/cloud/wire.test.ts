import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, suite, test } from "node:test";
import { newKey } from "./auth/identity.ts";
import { send, signedRequest, userSigner, type Signer } from "./clients/signed-request.ts";
import { startCloud, type Cloud } from "./cloud.ts";
import type { ResourcePrincipal } from "./identity/resource.ts";

suite("signatures on the wire", () => {
  let cloud: Cloud;
  let clock = 0;

  before(async () => {
    cloud = await startCloud({ now: () => Date.now() + clock });
    await cloud.storage.putBytes("bucket", "object", Buffer.from("bytes"));
  });
  after(() => cloud.close());

  const target = "/n/nbjobcloud/b/bucket/o/object";
  const status = async (wanted: Partial<Parameters<typeof signedRequest>[1]>): Promise<number> => {
    const answer = await signedRequest(cloud, { target, ...wanted });
    assert.equal(answer.status === 401, answer.code === "NotAuthenticated");
    return answer.status;
  };

  test("takes both dates and any order of headers", async () => {
    assert.equal(await status({}), 200);
    assert.equal(await status({ cover: ["host", "(request-target)", "x-date"] }), 200);
    const headers = { date: new Date().toUTCString() };
    assert.equal(await status({ headers, cover: ["date", "(request-target)", "host"] }), 200);
  });

  test("refuses what is not covered, not known, or not so", async () => {
    for (const cover of [
      ["x-date", "host"],
      ["(request-target)", "host"],
      ["x-date", "(request-target)"],
    ]) {
      assert.equal(await status({ cover }), 401, cover.join(" "));
    }
    const { key, keyId } = await userSigner(cloud);
    assert.equal(await status({ signer: { key: await newKey(), keyId } }), 401);
    assert.equal(await status({ signer: { key, keyId: `${keyId}0` } }), 401);
    assert.equal(await status({ tamper: (headers) => (headers["x-date"] = new Date(0).toUTCString()) }), 401);
    assert.equal(await status({ tamper: (headers) => (headers.authorization += " ") }), 200);
    const versioned = (headers: Record<string, string>): void => {
      headers.authorization = headers.authorization?.replace('version="1"', 'version="2"') ?? "";
    };
    assert.equal(await status({ tamper: versioned }), 401);
    assert.equal((await send(cloud.url, "GET", target, {}, "")).status, 401);
  });

  test("judges dates by its own clock", async () => {
    clock = 6 * 60_000;
    assert.equal(await status({}), 401);
    clock = -4 * 60_000;
    assert.equal(await status({}), 200);
    clock = 0;
  });

  test("answers unsigned, unknown and misspelt paths as the service does", async () => {
    assert.equal(await status({ target: "/n/nbjobcloud/nothing/here" }), 404);
    assert.equal(await status({ target: "/n/nbjobcloud/b/bucket/o/%E0%A4%A" }), 400);
    assert.equal(await status({ target, method: "PATCH" }), 405);
    assert.equal(await status({ target: "/n/nbjobcloud/b/bucket/o/../object" }), 404);
  });

  test("gives 100 Continue only to those it will listen to", async () => {
    const put = { method: "PUT", target: "/n/nbjobcloud/b/bucket/o/continued", body: "body" };
    const headers = { expect: "100-continue" };
    assert.equal(await status({ ...put, headers }), 200);
    assert.equal((await cloud.storage.bytes("bucket", "continued")).toString(), "body");
    const refused = await signedRequest(cloud, { ...put, headers: { ...headers, "if-none-match": "*" } });
    assert.deepEqual([refused.status, refused.code], [412, "IfNoneMatchFailed"]);
    assert.equal(refused.headers.connection, "close");
  });

  test("asks for a length, and says its own", async () => {
    const chunked = { "transfer-encoding": "chunked" };
    const tamper = (headers: Record<string, string>): void => {
      delete headers["content-length"];
    };
    const put = { method: "PUT", target: "/n/nbjobcloud/b/bucket/o/chunked", body: "body" };
    const answer = await signedRequest(cloud, { ...put, headers: chunked, tamper });
    assert.deepEqual([answer.status, answer.code], [411, "ContentLengthRequired"]);
    const { headers } = await signedRequest(cloud, put);
    assert.equal(headers["content-length"], "0");
    assert.match(headers["opc-request-id"]?.toString() ?? "", /^iad-1:/);
  });

  test("takes tokens until they expire, are replaced or are revoked", async () => {
    const signerOf = async ({ env }: ResourcePrincipal): Promise<Signer> => {
      const token = await readFile(env.OCI_RESOURCE_PRINCIPAL_RPST ?? "", "utf8");
      const key = createPrivateKey(await readFile(env.OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM ?? ""));
      return { keyId: `ST$${token}`, key };
    };
    const resource = await cloud.resourcePrincipal({ seconds: 100 });
    const first = await signerOf(resource);
    assert.equal(await status({ signer: first }), 200);
    assert.equal(cloud.requests.list().at(-1)?.principal, `resource ${resource.principal.id}`);
    await resource.rotate(250);
    const second = await signerOf(resource);
    assert.equal(await status({ signer: { keyId: second.keyId, key: first.key } }), 401);
    clock = 150_000;
    assert.equal(await status({ signer: first }), 401);
    assert.equal(await status({ signer: second }), 200);
    cloud.identity.revokeTokens();
    assert.equal(await status({ signer: second }), 401);
    assert.equal(await status({}), 200);
    clock = 0;
    const forged = { key: first.key, keyId: first.keyId.replace(/.$/, "") };
    assert.equal(await status({ signer: forged }), 401);
  });

  test("hides what a policy denies", async () => {
    const refusal = async (wanted: Partial<Parameters<typeof signedRequest>[1]>): Promise<unknown> => {
      const { status: answered, code } = await signedRequest(cloud, { target, ...wanted });
      return [answered, code];
    };
    cloud.policy.deny({ permission: "OBJECT_READ", bucket: "bucket" });
    assert.deepEqual(await refusal({}), [404, "BucketNotFound"]);
    assert.deepEqual(await refusal({ method: "HEAD" }), [200, undefined]);
    cloud.policy.deny({ operation: "ListBuckets" });
    assert.deepEqual(await refusal({ target: "/n/nbjobcloud/b?compartmentId=x" }), [404, "NamespaceNotFound"]);
    cloud.policy.clear();
    cloud.policy.deny({ principal: "datasciencejobrun" });
    assert.deepEqual(await refusal({}), [200, undefined]);
    cloud.policy.clear();
    cloud.policy.judge = ({ operation }) => operation !== "GetObject";
    assert.deepEqual(await refusal({}), [404, "BucketNotFound"]);
    cloud.policy.clear();
  });
});
