import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { after, afterEach, before, suite, test } from "node:test";
import { send, signedRequest, type Answer } from "./clients/signed-request.ts";
import { startCloud, type Cloud } from "./cloud.ts";

suite("faults on demand", () => {
  let cloud: Cloud;
  const bytes = randomBytes(3_000_000);
  const target = "/n/nbjobcloud/b/bucket/o/object";

  before(async () => {
    cloud = await startCloud();
    await cloud.storage.putBytes("bucket", "object", bytes);
  });
  afterEach(() => {
    cloud.faults.clear();
    cloud.requests.clear();
  });
  after(() => cloud.close());

  const get = (): Promise<Answer> => signedRequest(cloud, { target });
  const put = (name: string, headers = {}): Promise<Answer> =>
    signedRequest(cloud, { method: "PUT", target: `/n/nbjobcloud/b/bucket/o/${name}`, body: bytes, headers });
  const reset = { code: /ECONNRESET|EPIPE/ };
  const resets = (error: unknown): boolean =>
    error instanceof Error && "code" in error && reset.code.test(String(error.code));

  test("a status, so many times and to those who match", async () => {
    cloud.faults.add({
      kind: "status",
      status: 429,
      retryAfter: 2,
      match: { operation: "getobject" },
      skip: 1,
      times: 2,
    });
    assert.equal((await put("other")).status, 200);
    const answers = [await get(), await get(), await get(), await get()];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 429, 429, 200],
    );
    assert.equal(answers[1]?.headers["retry-after"], "2");
    assert.equal(answers[1]?.code, "TooManyRequests");
    assert.equal(cloud.faults.hits, 2);
    assert.equal(cloud.requests.count({ operation: "GetObject", status: 429 }), 2);
  });

  test("a reset before anything is done", async () => {
    cloud.faults.add({ kind: "reset-before", match: { method: "put" } });
    await assert.rejects(put("never"), resets);
    assert.equal(cloud.storage.find("bucket", "never"), undefined);
    assert.equal((await put("never")).status, 200);
    assert.deepEqual(
      cloud.requests.list().map(({ status, faults }) => [status, ...faults]),
      [[0, "reset-before"], [200]],
    );
  });

  test("a reset in the middle of a body, either way", async () => {
    cloud.faults.add({ kind: "reset-mid-body", times: 2 });
    await assert.rejects(get(), resets);
    const sent = cloud.requests.list()[0]?.bytesOut ?? 0;
    assert.ok(sent > 0 && sent < bytes.length);
    await assert.rejects(put("cut"), resets);
    assert.equal(cloud.storage.find("bucket", "cut"), undefined);
  });

  test("corrupt bytes, either way", async () => {
    cloud.faults.add({ kind: "corrupt", times: 3 });
    const { body, headers } = await get();
    assert.equal(body.length, bytes.length);
    assert.notDeepEqual(body, bytes);
    const md5 = headers["content-md5"]?.toString() ?? "";
    assert.deepEqual(await cloud.storage.bytes("bucket", "object"), bytes);
    const checked = await put("corrupt", { "content-md5": md5 });
    assert.deepEqual([checked.status, checked.code], [400, "UnmatchedContentMD5"]);
    const unchecked = await put("corrupt");
    assert.notEqual(unchecked.headers["opc-content-md5"], md5);
    assert.equal((await put("corrupt", { "content-md5": md5 })).status, 200);
  });

  test("an error after the work was done", async () => {
    cloud.faults.add({ kind: "error-after-commit", status: 500, match: { path: /one$/ } });
    cloud.faults.add({ kind: "error-after-commit", match: { path: "two$" } });
    assert.equal((await put("one")).status, 500);
    assert.deepEqual(await cloud.storage.bytes("bucket", "one"), bytes);
    await assert.rejects(put("two"), resets);
    assert.deepEqual(await cloud.storage.bytes("bucket", "two"), bytes);
  });

  test("a clock that is ahead, a token that is no longer good", async () => {
    cloud.faults.add({ kind: "skew", seconds: 600 });
    assert.equal((await get()).status, 401);
    cloud.faults.add({ kind: "expire-token" });
    assert.equal((await get()).status, 200, "a user's key is no token");
  });

  test("some of many, the same ones every time", async () => {
    cloud.faults.add({ kind: "status", status: 503, rate: 0.3, times: Infinity });
    const statuses: number[] = [];
    for (let i = 0; i < 40; i++) statuses.push((await get()).status);
    const refused = statuses.filter((status) => status === 503).length;
    assert.ok(refused > 4 && refused < 24, `${refused} of 40`);
  });

  test("no answer at all, until the client or the cloud has enough", async () => {
    const other = await startCloud();
    other.faults.add({ kind: "slow", milliseconds: Infinity, times: 2 });
    const [impatient, patient] = [AbortSignal.timeout(200), new AbortController().signal];
    const waiting = Promise.allSettled([impatient, patient].map((signal) => fetch(`${other.url}/n`, { signal })));
    await once(impatient, "abort");
    await other.close();
    assert.deepEqual(
      (await waiting).map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.equal(other.requests.count({ status: 0 }), 2);
  });

  test("slowly, and over the back door", async () => {
    const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const answer = await send(cloud.url, method, path, {}, body === undefined ? "" : JSON.stringify(body));
      return answer.body.length === 0 ? undefined : JSON.parse(answer.body.toString());
    };
    await control("POST", "/_faults", [
      { kind: "slow", milliseconds: 300, match: { operation: "GetObject" } },
      { kind: "status", status: 500, match: { operation: "HeadObject", path: "object$" }, times: 2 },
    ]);
    assert.equal((await get()).status, 200);
    assert.ok((cloud.requests.list().find(({ operation }) => operation === "GetObject")?.milliseconds ?? 0) >= 290);
    assert.equal((await signedRequest(cloud, { method: "HEAD", target })).status, 500);
    const listed = await control("GET", "/_requests?operation=HeadObject&status=500");
    assert.ok(typeof listed === "object" && listed !== null && "count" in listed && listed.count === 1);
    await control("DELETE", "/_faults");
    assert.equal((await signedRequest(cloud, { method: "HEAD", target })).status, 200);
    await control("POST", "/_policy", { operation: "GetObject" });
    assert.equal((await get()).status, 404);
    await control("DELETE", "/_policy");
    await assert.doesNotReject(control("POST", "/_tokens/revoke"));
    assert.equal((await send(cloud.url, "POST", "/_faults", {}, '{"kind":"unheard of"}')).status, 400);
  });
});
