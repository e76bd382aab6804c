import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { text } from "node:stream/consumers";
import { ConfigFileAuthenticationDetailsProvider, NoRetryConfigurationDetails } from "oci-common";
import { ObjectStorageClient, UploadManager } from "oci-objectstorage";
import { venvOrSkip } from "../support/venv.ts";
import { clientSetting, type Setting } from "./clients/setting.ts";

const MiB = 2 ** 20;
const scripts = join(import.meta.dirname, "clients");

/** Files as a run leaves them: nested, empty, oddly named, and one that needs parts. */
const files = {
  "empty.txt": Buffer.alloc(0),
  "a & b#c/é %20+.txt": Buffer.from("odd\n"),
  "deep/er/nested.json": Buffer.from("{}"),
  "large.bin": randomBytes(25 * MiB),
};

suite("other people's clients", () => {
  let setting: Setting;
  let folder: string;

  before(async () => {
    setting = await clientSetting({ maximumPage: 5 });
    folder = join(setting.cloud.folder, "files");
    for (const [name, bytes] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
  });

  after(() => setting.cloud.close());

  test("the oci SDK for Python", async (t) => {
    const python = await venvOrSkip(t, "oci");
    if (python === undefined) return;
    await setting.run(python, [join(scripts, "sdk.py")], { CLOUD_WORK: setting.cloud.folder });
  });

  for (const kind of ["instance", "resource_2_2", "resource_1_1"]) {
    test(`the oci SDK for Python as ${kind.replaceAll("_", " ")} principal`, async (t) => {
      const python = await venvOrSkip(t, "oci");
      if (python === undefined) return;
      const { cloud } = setting;
      const resource = await cloud.resourcePrincipal();
      const version = kind === "resource_2_2" ? resource.env : cloud.resourcePrincipal11Env;
      await setting.run(python, [join(scripts, "principals.py"), kind], { ...cloud.instanceEnv, ...version });
    });
  }

  test("the oci command line", async (t) => {
    const python = await venvOrSkip(t, "oci");
    if (python === undefined) return;
    const { cloud } = setting;
    const oci = async (...args: readonly string[]): Promise<string> =>
      setting.run(join(dirname(python), "oci"), ["os", ...args]);
    const bucket = ["--bucket-name", "cli"];
    const big = join(folder, "large.bin");

    await oci("bucket", "create", "--name", "cli", "--compartment-id", cloud.compartment);
    await oci(
      "object",
      "put",
      ...bucket,
      "--file",
      big,
      "--name",
      "in parts",
      "--part-size",
      "10",
      "--verify-checksum",
    );
    assert.deepEqual(await cloud.storage.bytes("cli", "in parts"), files["large.bin"]);
    assert.equal(cloud.storage.object("cli", "in parts").segments.length, 3);

    await oci("object", "bulk-upload", ...bucket, "--src-dir", folder, "--object-prefix", "up/");
    for (const [name, bytes] of Object.entries(files)) {
      assert.deepEqual(await cloud.storage.bytes("cli", `up/${name}`), bytes, name);
    }
    await oci("object", "bulk-download", ...bucket, "--prefix", "up/", "--dest-dir", join(cloud.folder, "down"));
    for (const [name, bytes] of Object.entries(files)) {
      assert.deepEqual(await readFile(join(cloud.folder, "down", "up", name)), bytes, name);
    }

    for (const name of ["1", "2", "3", "4", "5", "6", "7"]) {
      await cloud.storage.putBytes("cli", `many+&#/${name}`, Buffer.from(name));
    }
    const query = ["--query", "data[].name | join(',', @)", "--raw-output"];
    const all = await oci("object", "list", ...bucket, "--prefix", "many+&#/", "--all", ...query);
    assert.equal(all, "many+&#/1,many+&#/2,many+&#/3,many+&#/4,many+&#/5,many+&#/6,many+&#/7");
    const top = await oci(
      "object",
      "list",
      ...bucket,
      "--delimiter",
      "/",
      "--query",
      "prefixes | join(',', @)",
      "--raw-output",
    );
    assert.equal(top, "many+&#/,up/");

    const got = join(cloud.folder, "got");
    await oci("object", "copy", ...bucket, "--source-object-name", "in parts", "--destination-bucket", "bucket");
    await oci("object", "rename", "--bucket-name", "bucket", "--source-name", "in parts", "--new-name", "moved");
    await oci("object", "get", "--bucket-name", "bucket", "--name", "moved", "--file", got);
    assert.deepEqual(await readFile(got), files["large.bin"]);

    await assert.rejects(oci("bucket", "delete", "--name", "cli", "--force"), /BucketNotEmpty/);
    await oci("object", "delete", ...bucket, "--name", "in parts", "--force");
    await oci("object", "bulk-delete", ...bucket, "--prefix", "many", "--force");
    assert.ok(cloud.storage.names("cli").every((name) => name.startsWith("up/")));
    await oci("bucket", "delete", "--name", "cli", "--empty", "--force");
    assert.ok(!cloud.storage.buckets().some(({ name }) => name === "cli"));
  });

  test("rclone, over connections that it keeps", async (t) => {
    const python = await venvOrSkip(t, "oci");
    if (python === undefined) return;
    const { cloud } = setting;
    cloud.storage.createBucket("rclone");
    const remote = {
      TYPE: "oracleobjectstorage",
      PROVIDER: "user_principal_auth",
      NAMESPACE: cloud.namespace,
      COMPARTMENT: cloud.compartment,
      REGION: cloud.region,
      ENDPOINT: cloud.url,
      CONFIG_FILE: cloud.configFile,
      CONFIG_PROFILE: "DEFAULT",
      CHUNK_SIZE: "10Mi",
      UPLOAD_CUTOFF: "12Mi",
      NO_CHECK_BUCKET: "true",
    };
    const env = Object.fromEntries(
      Object.entries(remote).map(([name, value]) => [`RCLONE_CONFIG_CLOUD_${name}`, value]),
    );
    const rclone = async (...args: readonly string[]): Promise<string> =>
      setting.run(join(dirname(python), "rclone"), ["--config", "/dev/null", "--retries", "1", ...args], env);

    cloud.requests.clear();
    await rclone("copy", folder, "cloud:rclone/up");
    assert.deepEqual(cloud.storage.names("rclone").length, Object.keys(files).length);
    assert.equal(cloud.storage.object("rclone", "up/large.bin").segments.length, 3);
    await rclone("check", "--download", folder, "cloud:rclone/up");
    await rclone("check", folder, "cloud:rclone/up");
    await rclone("moveto", "cloud:rclone/up/large.bin", "cloud:rclone/moved");
    const down = join(cloud.folder, "rclone-down");
    await rclone("copy", "--multi-thread-cutoff", "5Mi", "--multi-thread-streams", "3", "cloud:rclone", down);
    assert.deepEqual(await readFile(join(down, "moved")), files["large.bin"]);
    const perConnection = cloud.requests.count() / cloud.requests.connections;
    t.diagnostic(`${perConnection} requests a connection`);
    assert.ok(perConnection > 1.2, `${perConnection} requests a connection`);
    await rclone("purge", "cloud:rclone");
    assert.ok(!cloud.storage.buckets().some(({ name }) => name === "rclone"));
  });

  test("the oci SDK for TypeScript", async () => {
    const { cloud } = setting;
    const authenticationDetailsProvider = new ConfigFileAuthenticationDetailsProvider(cloud.configFile, "PASSPHRASE");
    const client = new ObjectStorageClient(
      { authenticationDetailsProvider },
      { retryConfiguration: NoRetryConfigurationDetails },
    );
    client.endpoint = cloud.url;
    const namespaceName = (await client.getNamespace({})).value;
    const place = { namespaceName, bucketName: "ts" };
    const createBucketDetails = { name: "ts", compartmentId: cloud.compartment };
    await client.createBucket({ namespaceName, createBucketDetails });

    const path = join(folder, "large.bin");
    const contentLength = 25 * MiB;
    const put = { ...place, objectName: "ü/large", putObjectBody: createReadStream(path), contentLength };
    await client.putObject(put);
    assert.deepEqual(await cloud.storage.bytes("ts", "ü/large"), files["large.bin"]);
    const manager = new UploadManager(client, { partSize: 10 * MiB });
    await manager.upload({ content: { filePath: path }, requestDetails: { ...place, objectName: "managed" } });
    assert.deepEqual(await cloud.storage.bytes("ts", "managed"), files["large.bin"]);

    await client.putObject({ ...place, objectName: "small", putObjectBody: "text", contentType: "text/plain" });
    const got = await client.getObject({ ...place, objectName: "small" });
    assert.equal(got.contentType, "text/plain");
    assert.ok(got.value instanceof ReadableStream);
    assert.equal(await text(got.value), "text");
    const { listObjects } = await client.listObjects({ ...place, fields: "name,size" });
    const listed = listObjects.objects.map(({ name, size }) => [name, size]);
    assert.deepEqual(listed, [
      ["managed", contentLength],
      ["small", 4],
      ["ü/large", contentLength],
    ]);

    const failure = { statusCode: 404, serviceCode: "ObjectNotFound" };
    await assert.rejects(client.getObject({ ...place, objectName: "absent" }), failure);
    await assert.rejects(client.deleteBucket(place), { statusCode: 409, serviceCode: "BucketNotEmpty" });
    for (const { name } of listObjects.objects) await client.deleteObject({ ...place, objectName: name });
    await client.deleteBucket(place);
  });
});
