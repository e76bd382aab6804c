/** `node sdk.ts up|down FOLDER PREFIX`: the OCI SDK for TypeScript as its documentation has it: UploadManager, getObject. */
import { createWriteStream } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import common from "oci-common";
import objectstorage from "oci-objectstorage";
import pMap from "p-map";

const [direction = "", folder = "", prefix = ""] = process.argv.slice(2);
const {
  NBJOB_OCI_ENDPOINT: endpoint = "",
  NBJOB_OCI_NAMESPACE: namespaceName = "",
  OCI_CONFIG_FILE: config = "",
} = process.env;
const client = new objectstorage.ObjectStorageClient({
  authenticationDetailsProvider: new common.ConfigFileAuthenticationDetailsProvider(config),
});
client.endpoint = endpoint;
const where = { namespaceName, bucketName: "bucket" };
if (direction === "up") {
  const manager = new objectstorage.UploadManager(client, { enforceMD5: true });
  await pMap(
    await readdir(folder),
    (name) =>
      manager.upload({
        content: { filePath: join(folder, name) },
        requestDetails: { ...where, objectName: `${prefix}/${name}` },
      }),
    { concurrency: 16 },
  );
} else {
  await mkdir(folder, { recursive: true });
  const names: string[] = [];
  let start: string | undefined;
  do {
    const { listObjects } = await client.listObjects({
      ...where,
      prefix: `${prefix}/`,
      ...(start === undefined ? {} : { start }),
    });
    names.push(...listObjects.objects.map(({ name }) => name));
    start = listObjects.nextStartWith;
  } while (start !== undefined);
  await pMap(
    names,
    async (objectName) => {
      const { value } = await client.getObject({ ...where, objectName });
      if (!(value instanceof ReadableStream)) throw new Error("The SDK gives another kind of stream.");
      await pipeline(Readable.fromWeb(value), createWriteStream(join(folder, objectName.slice(prefix.length + 1))));
    },
    { concurrency: 16 },
  );
}
client.close();
