/** `node ours.ts up|down FOLDER PREFIX`: nbjob's own transfer, as publish and inputs use it. */
import { relative } from "node:path";
import { parseLocation } from "../../src/storage/location.ts";
import { openStores } from "../../src/storage/stores.ts";
import { fileStore } from "../../src/storage/stores/file.ts";
import { fetchFolder, publishFiles } from "../../src/storage/transfer.ts";

const [direction = "", folder = "", prefix = ""] = process.argv.slice(2);
const quiet = (): void => {};
const stores = openStores({ env: process.env, log: { debug: quiet, info: quiet, warn: quiet } });
const bucket = parseLocation(`oci://bucket@${process.env["NBJOB_OCI_NAMESPACE"]}/${prefix}/`);
if (direction === "up") {
  const files: { path: string; absolute: string }[] = [];
  for await (const { location } of fileStore.list(parseLocation(`${folder}/`))) {
    if (location.kind === "file") files.push({ path: relative(folder, location.path), absolute: location.path });
  }
  const results = await publishFiles(stores, files, bucket);
  const failed = results.find(({ status }) => status === "failed");
  if (failed !== undefined) throw failed.error ?? new Error(failed.path);
} else {
  await fetchFolder(stores, bucket, folder);
}
await stores.close();
