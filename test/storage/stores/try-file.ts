/** Run by file.test.ts as a user without rights: prints the reasons that reading and writing fail for. */
import { join } from "node:path";
import { bytesSource } from "../../../src/storage/source.ts";
import { fileStore } from "../../../src/storage/stores/file.ts";
import { NbjobError } from "../../../src/text/errors.ts";

const folder = process.argv[2] ?? "";

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    return error instanceof NbjobError ? error.reason : String(error);
  }
}

const at = (name: string) => ({ kind: "file" as const, path: join(folder, name) });
const list: string[] = [];
for await (const _ of fileStore.list(at("/"), { onSkipped: (_location, why) => list.push(why) }));
process.stdout.write(
  JSON.stringify({
    read: await reasonOf(fileStore.read(at("secret"))),
    write: await reasonOf(fileStore.write(at("new"), bytesSource(Buffer.from("x")))),
    list,
  }),
);
