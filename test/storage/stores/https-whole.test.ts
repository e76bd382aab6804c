/** What a server says of an answer is held against what comes: a part is never taken for the whole. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { type Clock, systemClock } from "../../../src/http/clock.ts";
import { openStores } from "../../../src/storage/stores.ts";
import { openHttpsStore } from "../../../src/storage/stores/https.ts";
import { fetchFile } from "../../../src/storage/transfer.ts";
import { keptLog, quickRetry, serve } from "../server.ts";
import { temporaryFolder } from "../temporary.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const bytes = randomBytes(100_000);
const other = randomBytes(100_000);

async function readFrom(handler: Handler, path = ""): Promise<Buffer> {
  await using server = await serve(handler);
  const store = openHttpsStore({ env: {}, log: keptLog(), retry: quickRetry, silenceMs: 2000 });
  try {
    const { body } = await store.read({ kind: "http", url: server.url + path });
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  } finally {
    await store.close?.();
  }
}

/** Breaks the first answer off after half of it, and lets `rest` answer what is asked for after that. */
function brokenOff(rest: (start: number, response: ServerResponse) => void): Handler {
  return ({ headers }, response) => {
    const asked = /^bytes=(\d+)-/.exec(headers.range ?? "")?.[1];
    if (asked !== undefined) return rest(Number(asked), response);
    response.writeHead(200, { "content-length": bytes.length, etag: '"v1"' });
    response.write(bytes.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 5));
  };
}

test("a server that gives less at a time than it was asked for is asked on", async () => {
  const handler = brokenOff((start, response) => {
    const end = Math.min(start + 20_000, bytes.length);
    response.writeHead(206, { etag: '"v1"', "content-range": `bytes ${start}-${end - 1}/${bytes.length}` });
    response.end(bytes.subarray(start, end));
  });
  assert.deepEqual(await readFrom(handler), bytes);
});

test("a server that gives nothing more, or the rest of another file, is an error", async () => {
  const nothing = brokenOff((start, response) => {
    response.writeHead(206, { etag: '"v1"', "content-range": `bytes ${start}-${start}/${bytes.length}` }).end();
  });
  await assert.rejects(readFrom(nothing), { reason: "unreachable", message: /cannot be read whole.* of 100000 bytes/ });
  const changed = brokenOff((start, response) => {
    response.writeHead(206, { etag: '"v2"', "content-range": `bytes ${start}-${other.length - 1}/${other.length}` });
    response.end(other.subarray(start));
  });
  await assert.rejects(readFrom(changed), { reason: "unreachable", message: /changed while it was read/ });
  const longer = brokenOff((start, response) => {
    response.writeHead(206, { "content-range": `bytes ${start}-${other.length - 1}/${other.length + 1}` });
    response.end(other.subarray(start));
  });
  await assert.rejects(readFrom(longer), { reason: "unreachable", message: /changed while it was read/ });
});

test("only an answer that is the file is taken for it", async () => {
  for (const status of [201, 202, 204, 205, 206]) {
    const handler: Handler = (_, response) => {
      response.writeHead(status, { "content-range": "bytes 0-9/100" }).end(status === 204 ? "" : "0123456789");
    };
    await assert.rejects(readFrom(handler), { reason: "unreachable", message: new RegExp(`answers ${status}`) });
  }
});

test("a .gz file stays one where a server tells of its compression", async () => {
  const compressed = gzipSync(bytes);
  const handler: Handler = (_, response) => {
    response.writeHead(200, { "content-encoding": "x-gzip", "content-length": compressed.length }).end(compressed);
  };
  assert.deepEqual(await readFrom(handler, "/data.tar.gz"), compressed);
  assert.deepEqual(await readFrom(handler, "/data.TGZ?download=1"), compressed);
  assert.deepEqual(await readFrom(handler, "/data.csv"), bytes);
});

test("a file that is replaced while it is fetched is fetched anew", async () => {
  await using folder = await temporaryFolder();
  let asked = 0;
  const handler: Handler = ({ headers }, response) => {
    asked += 1;
    const [content, etag] = asked === 1 ? [bytes, '"v1"'] : [other, '"v2"'];
    const start = Number(/^bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
    const range = start === 0 ? {} : { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(start === 0 ? 200 : 206, { etag, "content-length": content.length - start, ...range });
    if (asked === 1) response.write(content.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 5));
    else response.end(content.subarray(start));
  };
  await using server = await serve(handler);
  const stores = openStores({ env: {}, log: keptLog() });
  const path = join(folder.path, "file");
  const fetched = await fetchFile(stores, { kind: "http", url: server.url }, path);
  await stores.close();
  assert.deepEqual(await readFile(path), other);
  assert.equal(fetched.etag, '"v2"');
});

test("a network that goes away in the middle of a file is waited for", async () => {
  const handler = brokenOff((start, response) => {
    response.writeHead(206, { etag: '"v1"', "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` });
    response.end(bytes.subarray(start));
  });
  const server = createServer(handler);
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  let slept = 0;
  const clock: Clock = {
    ...systemClock,
    async sleep(ms) {
      // The first pause finds nobody there; a minute later somebody is.
      if (slept === 0) await new Promise((resolve) => server.close(resolve));
      slept += ms;
      if (slept > 60_000 && !server.listening) await listen(port);
    },
  };
  const retry = { totalMs: 180_000, baseMs: 300, capMs: 20_000, unreachedTries: 5 };
  const store = openHttpsStore({ env: {}, log: keptLog(), retry, clock, silenceMs: 2000 });
  const { body } = await store.read({ kind: "http", url: `http://127.0.0.1:${port}/` });
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  assert.deepEqual(Buffer.concat(chunks), bytes);
  await store.close?.();
  await new Promise((resolve) => server.close(resolve));
});
