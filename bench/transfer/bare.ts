/** `node bare.ts up|down FOLDER PREFIX`: the least that can be done with undici and a signature; nothing is checked. */
import { createPrivateKey, sign } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import pMap from "p-map";
import { Agent } from "undici";
import { parseConfigFile } from "../../src/oci/auth/config-file.ts";

const [direction = "", folder = "", prefix = ""] = process.argv.slice(2);
const {
  NBJOB_OCI_ENDPOINT: endpoint = "",
  NBJOB_OCI_NAMESPACE: namespace = "",
  OCI_CONFIG_FILE: config = "",
} = process.env;
const profile = parseConfigFile(await readFile(config, "utf8"), "DEFAULT", config);
const key = createPrivateKey(await readFile(profile["key_file"] ?? ""));
const keyId = `${profile["tenancy"]}/${profile["user"]}/${profile["fingerprint"]}`;
const { origin, host } = new URL(endpoint);
const agent = new Agent({ connections: 32 });

async function request(
  method: "PUT" | "GET",
  path: string,
  options: { body?: Buffer | ReturnType<typeof createReadStream>; length?: number } = {},
) {
  const date = new Date().toUTCString();
  const text = `(request-target): ${method.toLowerCase()} ${path}\nhost: ${host}\nx-date: ${date}`;
  const signature = await new Promise<string>((resolve, reject) => {
    sign("sha256", Buffer.from(text), key, (error, bytes) =>
      error ? reject(error) : resolve(bytes.toString("base64")),
    );
  });
  const authorization = `Signature version="1",keyId="${keyId}",algorithm="rsa-sha256",headers="(request-target) host x-date",signature="${signature}"`;
  const length = options.length === undefined ? {} : { "content-length": String(options.length) };
  const response = await agent.request({
    origin,
    path,
    method,
    headers: { "x-date": date, authorization, ...length },
    body: options.body ?? null,
  });
  if (response.statusCode >= 300) throw new Error(`${response.statusCode} ${await response.body.text()}`);
  return response.body;
}

const bucket = `/n/${namespace}/b/bucket`;
if (direction === "up") {
  const names = await readdir(folder);
  await pMap(
    names,
    async (name) => {
      const path = join(folder, name);
      const { size } = await stat(path);
      const body = size <= 1024 * 1024 ? await readFile(path) : createReadStream(path, { highWaterMark: 256 * 1024 });
      const answer = await request("PUT", `${bucket}/o/${encodeURIComponent(`${prefix}/${name}`)}`, {
        body,
        length: size,
      });
      await answer.dump();
    },
    { concurrency: 32 },
  );
} else {
  await mkdir(folder, { recursive: true });
  let start = "";
  const names: string[] = [];
  do {
    const listed = await request(
      "GET",
      `${bucket}/o?prefix=${prefix}%2F&limit=1000&start=${encodeURIComponent(start)}`,
    );
    // The fake's own answer, whose form is known.
    const page = (await listed.json()) as { objects: { name: string }[]; nextStartWith?: string };
    names.push(...page.objects.map(({ name }) => name));
    start = page.nextStartWith ?? "";
  } while (start !== "");
  await pMap(
    names,
    async (name) => {
      const body = await request("GET", `${bucket}/o/${encodeURIComponent(name)}`);
      await pipeline(
        body,
        createWriteStream(join(folder, name.slice(prefix.length + 1)), { highWaterMark: 1024 * 1024 }),
      );
    },
    { concurrency: 32 },
  );
}
await agent.close();
