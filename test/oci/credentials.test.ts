import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Clock, systemClock } from "../../src/http/clock.ts";
import { OciConnection } from "../../src/oci/connection.ts";
import { NbjobError } from "../../src/text/errors.ts";
import { fingerprintOf, newKey } from "../cloud/auth/identity.ts";
import { startCloud } from "../cloud/cloud.ts";
import { keptLog } from "../storage/server.ts";
import { temporaryFolder } from "../storage/temporary.ts";

const cloud = await startCloud();
after(() => cloud.close());

type Env = Readonly<Record<string, string | undefined>>;
/** Where nothing answers: no metadata service, no home. */
const bare: Env = {
  HOME: "/nonexistent",
  NBJOB_OCI_ENDPOINT: cloud.url,
  OCI_METADATA_BASE_URL: "http://127.0.0.1:1/opc/v2",
};

function connect(env: Env, clock: Clock = systemClock) {
  const log = keptLog();
  const connection = new OciConnection({ env: { ...bare, ...env }, log, clock });
  const ask = async (): Promise<string> => {
    const answer = await connection.send(await connection.endpoint("objectstorage"), { method: "GET", target: "/n/" });
    return answer.body.text();
  };
  return { connection, ask, log, [Symbol.asyncDispose]: () => connection.close() };
}

const asPrincipal = (): string => cloud.requests.list({ operation: "GetNamespace" }).at(-1)?.principal ?? "";
const configEnv = { OCI_CONFIG_FILE: cloud.configFile };

test("an API key, with and without a passphrase, and a session token", async () => {
  for (const [profile, kind] of Object.entries({ DEFAULT: "user", PASSPHRASE: "user", SESSION: "session" })) {
    await using at = connect({ ...configEnv, OCI_CONFIG_PROFILE: profile });
    assert.equal(await at.ask(), JSON.stringify(cloud.namespace));
    assert.match(asPrincipal(), new RegExp(`^${kind} `));
    assert.ok(at.log.lines.some((line) => line.includes(`the profile ${profile} of ${cloud.configFile}`)));
  }
});

test("a log is told once whose credentials they are, however many connections a run opens", async () => {
  const log = keptLog();
  for (const profile of ["DEFAULT", "DEFAULT", "PASSPHRASE"]) {
    const connection = new OciConnection({ env: { ...bare, ...configEnv, OCI_CONFIG_PROFILE: profile }, log });
    await connection.credentials();
    await connection.close();
  }
  const told = log.lines.filter((line) => line.includes("OCI credentials: the profile"));
  assert.deepEqual(
    told.map((line) => /the profile (\w+)/.exec(line)?.[1]),
    ["DEFAULT", "PASSPHRASE"],
  );
});

test("the variables that the OCI CLI knows name file, profile and values", async () => {
  const identity = join(cloud.folder, "identity");
  const config = await readFile(cloud.configFile, "utf8");
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(config)?.[1] ?? "";
  const user = {
    OCI_CLI_USER: value("user"),
    OCI_CLI_TENANCY: value("tenancy"),
    OCI_CLI_FINGERPRINT: value("fingerprint"),
  };
  const settings: Env[] = [
    { OCI_CLI_CONFIG_FILE: cloud.configFile, OCI_CLI_PROFILE: "PASSPHRASE" },
    { OCI_CONFIG_LOCATION: cloud.configFile },
    { ...user, OCI_CLI_KEY_FILE: join(identity, "api_key.pem") },
    { ...user, OCI_CLI_KEY_CONTENT: await readFile(join(identity, "api_key.pem"), "utf8"), OCI_REGION: "iad" },
    { ...configEnv, OCI_CLI_AUTH: "security_token", OCI_CLI_PROFILE: "SESSION" },
  ];
  for (const env of settings) {
    await using at = connect(env);
    assert.equal(await at.ask(), JSON.stringify(cloud.namespace));
  }
});

test("~/.oci/config of the user's home is found, and ~ in it", async () => {
  await using home = await temporaryFolder();
  await mkdir(join(home.path, ".oci"));
  const config = await readFile(cloud.configFile, "utf8");
  await writeFile(join(home.path, "key.pem"), await readFile(join(cloud.folder, "identity/api_key.pem"), "utf8"));
  // As the console's download has it.
  await appendFile(join(home.path, "key.pem"), "\nOCI_API_KEY\n");
  await writeFile(join(home.path, ".oci/config"), config.replace(/key_file=.*/, "key_file=~/key.pem"));
  await using at = connect({ HOME: home.path });
  assert.equal(await at.ask(), JSON.stringify(cloud.namespace));
});

test("what is wrong with a config file is said", async () => {
  await using folder = await temporaryFolder();
  const config = await readFile(cloud.configFile, "utf8");
  const encrypted = config.slice(config.indexOf("[PASSPHRASE]"), config.indexOf("[SESSION]"));
  const cases: Record<string, readonly [text: string, message: RegExp]> = {
    empty: ["", /no profile DEFAULT/],
    "no-user": ["[DEFAULT]\ntenancy=t\nfingerprint=f\nkey_file=/k", /no user/],
    "no-key": ["[DEFAULT]\ntenancy=t\nuser=u\nfingerprint=f\nkey_file=/nowhere", /cannot be read/],
    "not-a-key": [
      `[DEFAULT]\ntenancy=t\nuser=u\nfingerprint=f\nkey_file=${cloud.configFile}`,
      /not an RSA private key/,
    ],
    locked: [encrypted.replace("PASSPHRASE", "DEFAULT").replace(/pass_phrase=.*/, ""), /no passphrase/],
    "wrong-pass": [
      encrypted.replace("PASSPHRASE", "DEFAULT").replace(/pass_phrase=.*/, "pass_phrase=x"),
      /cannot be decrypted/,
    ],
  };
  for (const [name, [text, message]] of Object.entries(cases)) {
    const path = join(folder.path, name);
    await writeFile(path, text);
    await using at = connect({ OCI_CONFIG_FILE: path });
    await assert.rejects(at.ask(), { reason: "environment", message }, name);
  }
  await using at = connect({ OCI_CONFIG_FILE: join(folder.path, "missing") });
  await assert.rejects(at.ask(), { reason: "environment" });
});

test("no credentials at all: everything that was looked for is named", async () => {
  await using at = connect({});
  await assert.rejects(at.ask(), (error) => {
    assert.ok(error instanceof NbjobError);
    return error.reason === "not-authorized" && error.message.includes("/nonexistent/.oci/config");
  });
  assert.equal(at.log.lines.length, 3);
});

test("a resource principal of version 2.2: files, a trailing line end, or the values themselves", async () => {
  for (const options of [{}, { trailing: "\n" }, { literal: true }]) {
    const principal = await cloud.resourcePrincipal(options);
    // It goes before a config file.
    await using at = connect({ ...configEnv, ...principal.env });
    assert.equal(await at.ask(), JSON.stringify(cloud.namespace));
    assert.match(asPrincipal(), /^resource /);
    const short = connect({ ...principal.env, OCI_RESOURCE_PRINCIPAL_REGION: "iad", NBJOB_OCI_ENDPOINT: "" });
    assert.equal(
      await short.connection.endpoint("objectstorage"),
      "https://objectstorage.us-ashburn-1.oraclecloud.com",
    );
    await short.connection.close();
  }
});

test("a token that is refused is read again, once, and the request sent again", async () => {
  const principal = await cloud.resourcePrincipal();
  await using at = connect(principal.env);
  await at.ask();
  await principal.rotate();
  cloud.faults.add({ kind: "expire-token", match: { operation: "GetNamespace" } });
  cloud.requests.clear();
  assert.equal(await at.ask(), JSON.stringify(cloud.namespace));
  assert.deepEqual(
    cloud.requests.list().map(({ status }) => status),
    [401, 200],
  );
  // No newer one: one refusal, no second try.
  cloud.faults.add({ kind: "expire-token", match: { operation: "GetNamespace" }, times: 5 });
  cloud.requests.clear();
  await assert.rejects(at.ask(), { status: 401 });
  assert.equal(cloud.requests.count(), 1);
  cloud.faults.clear();
});

test("a token is renewed before it expires, by one reader for many requests", async () => {
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };
  const principal = await cloud.resourcePrincipal({ seconds: 1200 });
  await using at = connect(principal.env, clock);
  await at.ask();
  const keys = (): number =>
    new Set(
      cloud.requests
        .list({ operation: "GetNamespace" })
        .map(({ headers }) => /keyId="([^"]*)"/.exec(headers.authorization ?? "")?.[1]),
    ).size;
  cloud.requests.clear();
  await principal.rotate(3600);
  // Within four minutes, or the signature's date is refused; the files are looked at each half minute.
  ahead = 40_000;
  await Promise.all(Array.from({ length: 20 }, () => at.ask()));
  assert.equal(keys(), 1);
  await at.ask();
  assert.equal(keys(), 1);
});

test("a key and a token that rotate between two reads are never used together", async () => {
  const principal = await cloud.resourcePrincipal();
  const other = await cloud.resourcePrincipal();
  const key = principal.env["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"] ?? "";
  const right = await readFile(key, "utf8");
  await writeFile(key, await readFile(other.env["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"] ?? "", "utf8"));
  await using at = connect(principal.env);
  const asking = at.ask();
  setTimeout(() => void writeFile(key, right), 300);
  assert.equal(await asking, JSON.stringify(cloud.namespace));
  await writeFile(key, await readFile(other.env["OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM"] ?? "", "utf8"));
  await using never = connect(principal.env, { ...systemClock, sleep: async () => {} });
  await assert.rejects(never.ask(), { reason: "environment", message: /do not belong together/ });
});

test("an instance principal, found where nothing else is", async () => {
  await using at = connect(cloud.instanceEnv);
  assert.equal(await at.ask(), JSON.stringify(cloud.namespace));
  assert.match(asPrincipal(), /^instance /);
  // Its certificate rotates, its tokens are revoked: the next request trades the new one for a new token.
  await cloud.instance.rotate();
  cloud.identity.revokeTokens();
  assert.equal(await at.ask(), JSON.stringify(cloud.namespace));
  await using forced = connect({ ...configEnv, ...cloud.instanceEnv, OCI_CLI_AUTH: "instance_principal" });
  await forced.ask();
  assert.match(asPrincipal(), /^instance /);
});

test("a resource principal of version 1.1, traded for the instance's", async () => {
  await using at = connect({ ...cloud.instanceEnv, ...cloud.resourcePrincipal11Env });
  assert.equal(await at.ask(), JSON.stringify(cloud.namespace));
  assert.match(asPrincipal(), /^resource /);
  await using lacking = connect({ ...cloud.instanceEnv, OCI_RESOURCE_PRINCIPAL_VERSION: "1.1" });
  await assert.rejects(lacking.ask(), { reason: "environment", message: /RPT_ENDPOINT/ });
});

test("settings that nobody can follow are refused in one sentence", async () => {
  const cases: readonly (readonly [env: Env, message: RegExp])[] = [
    [{ OCI_RESOURCE_PRINCIPAL_VERSION: "3.0" }, /is 3.0; nbjob knows 1.1 and 2.2/],
    [{ OCI_RESOURCE_PRINCIPAL_VERSION: "2.2" }, /OCI_RESOURCE_PRINCIPAL_RPST is not set/],
    [{ OCI_CLI_AUTH: "delegation" }, /asks for delegation/],
    [{ OCI_CLI_AUTH: "resource_principal" }, /VERSION is not set/],
    [{ OCI_CLI_AUTH: "instance_principal" }, /metadata service/],
  ];
  for (const [env, message] of cases) {
    await using at = connect(env);
    await assert.rejects(at.ask(), { reason: "environment", message }, JSON.stringify(env));
  }
});

test("a clock that is wrong is refused with the service's time at hand", async () => {
  await using at = connect(configEnv);
  cloud.faults.add({ kind: "skew", seconds: 3600 });
  await assert.rejects(at.ask(), { status: 401, code: "NotAuthenticated" });
  cloud.faults.clear();
});

test("an API key that is replaced while a long run goes on is taken up", async () => {
  await using folder = await temporaryFolder();
  const [config, keyFile] = [join(folder.path, "config"), join(folder.path, "key.pem")];
  const replace = async (): Promise<string> => {
    const key = await newKey();
    const keyId = `ocid1.tenancy.x/ocid1.user.x/${fingerprintOf(key)}`;
    const principal = { kind: "user", id: "ocid1.user.x", tenancy: "ocid1.tenancy.x" } as const;
    cloud.identity.register(keyId, createPublicKey(key), principal);
    await writeFile(keyFile, key.export({ type: "pkcs8", format: "pem" }));
    const lines = ["user=ocid1.user.x", "tenancy=ocid1.tenancy.x", `fingerprint=${fingerprintOf(key)}`];
    await writeFile(config, ["[DEFAULT]", ...lines, `key_file=${keyFile}`, "region=us-ashburn-1", ""].join("\n"));
    return keyId;
  };
  const first = await replace();
  await using at = connect({ OCI_CONFIG_FILE: config });
  await at.ask();
  await replace();
  await at.ask();
  // The service has forgotten the old one.
  const other = createPublicKey(await newKey());
  cloud.identity.register(first, other, { kind: "user", id: "ocid1.user.x", tenancy: "ocid1.tenancy.x" });
  cloud.requests.clear();
  await Promise.all([at.ask(), at.ask()]);
  await at.ask();
  assert.equal(cloud.requests.list().at(-1)?.status, 200);
  // Nothing newer: one refusal and no second try.
  cloud.faults.add({ kind: "status", status: 401, match: { operation: "GetNamespace" }, times: 5 });
  cloud.requests.clear();
  await assert.rejects(at.ask(), { status: 401 });
  assert.equal(cloud.requests.count(), 1);
  cloud.faults.clear();
});
