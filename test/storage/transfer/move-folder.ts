/** `node move-folder.ts up|down FOLDER`, run by memory.test.ts: moves a folder, prints how many files and the peak memory. */
import { relative } from "node:path";
import { parseLocation } from "../../../src/storage/location.ts";
import { openStores } from "../../../src/storage/stores.ts";
import { fileStore } from "../../../src/storage/stores/file.ts";
import { fetchFolder, publishFiles } from "../../../src/storage/transfer.ts";
import { keptLog } from "../server.ts";

const [way, folder = ""] = process.argv.slice(2);
const stores = openStores({ env: process.env, log: keptLog() });
const bucket = parseLocation(`oci://bucket@${process.env["NBJOB_OCI_NAMESPACE"]}/folder/`);

async function up(): Promise<number> {
  const files: { path: string; absolute: string }[] = [];
  for await (const { location } of fileStore.list(parseLocation(`${folder}/`))) {
    if (location.kind === "file") files.push({ path: relative(folder, location.path), absolute: location.path });
  }
  const results = await publishFiles(stores, files, bucket);
  return results.filter(({ status }) => status === "published").length;
}

const files = way === "up" ? await up() : (await fetchFolder(stores, bucket, folder)).files;
await stores.close();
process.stdout.write(JSON.stringify({ files, peak: process.resourceUsage().maxRSS * 1024 }));
