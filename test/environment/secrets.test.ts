import assert from "node:assert/strict";
import { test } from "node:test";
import { fetchSecrets, type FetchedSecrets } from "../../src/environment/secrets.ts";
import { NbjobError } from "../../src/text/errors.ts";
import { startCloud, type Cloud } from "../cloud/cloud.ts";

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

function fetch(cloud: Cloud, wanted: Readonly<Record<string, string>>, extra = {}): Promise<FetchedSecrets> {
  return fetchSecrets(wanted, { env: { ...cloud.env, ...extra }, log });
}

function reasons({ failures }: FetchedSecrets): readonly string[] {
  return failures.map((failure) => (failure instanceof NbjobError ? failure.reason : String(failure)));
}

test("secrets come by OCID and by name, every byte of them", async () => {
  await using cloud = await startCloud();
  const texts = { EMPTY: "", BOM: "\uFEFFx", LINES: "a\r\nb\n", ODD: "ß€😀\u0007", "N AME": "x" };
  const wanted = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, cloud.secrets.put(name, text)]));
  assert.deepEqual(await fetch(cloud, wanted), { values: texts, failures: [] });
  const byName = { A: "vault:N AME", B: `vault:${cloud.secrets.vault}/ODD` };
  const found = await fetch(cloud, byName, { NBJOB_VAULT: cloud.secrets.vault });
  assert.deepEqual(found, { values: { A: "x", B: texts.ODD }, failures: [] });
  // The current version.
  const id = cloud.secrets.put("ODD", "newer");
  assert.deepEqual((await fetch(cloud, { A: id })).values, { A: "newer" });
});

test("no secrets ask nobody", async () => {
  assert.deepEqual(await fetchSecrets({}, { env: {}, log }), { values: {}, failures: [] });
});

test("what cannot be had is told one by one, and its value never", async () => {
  await using cloud = await startCloud();
  const good = cloud.secrets.put("good", "value of it");
  const latin = cloud.secrets.put("latin", Buffer.from("gr\xfc\xdfe", "latin1"));
  const zero = cloud.secrets.put("zero", "a\0b");
  const hidden = cloud.secrets.put("hidden", "not to be seen");
  cloud.policy.judge = ({ resource }) => resource["secretId"] !== hidden;
  const found = await fetch(cloud, { GOOD: good, LATIN: latin, ZERO: zero, HIDDEN: hidden, NAMED: "vault:x" });
  assert.deepEqual(found.values, { GOOD: "value of it" });
  assert.deepEqual(reasons(found), ["environment", "environment", "not-authorized", "environment"]);
  for (const failure of found.failures) assert.doesNotMatch(String(failure), /not to be seen|a\0b/);
});

test("a service that is not there is unreachable, and a refused key not authorised", async () => {
  await using cloud = await startCloud();
  const id = cloud.secrets.put("a", "value");
  cloud.faults.add({ kind: "status", status: 401, match: { operation: "GetSecretBundle" } });
  assert.deepEqual(reasons(await fetch(cloud, { A: id })), ["not-authorized"]);
  const nowhere = { NBJOB_OCI_SECRETS_ENDPOINT: "http://127.0.0.1:9" };
  assert.deepEqual(reasons(await fetch(cloud, { A: id }, nowhere)), ["unreachable"]);
});
