import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { Location } from "../../../src/storage/location.ts";
import type { ReadOptions } from "../../../src/storage/store.ts";
import { type HttpsStoreOptions, openHttpsStore } from "../../../src/storage/stores/https.ts";
import { NbjobError } from "../../../src/text/errors.ts";
import { makeCertificate } from "../certificate.ts";
import { keptLog, quickRetry, serve } from "../server.ts";
import { temporaryFolder } from "../temporary.ts";

const at = (url: string): Location => ({ kind: "http", url });

function openStore(options: Partial<HttpsStoreOptions> = {}) {
  const log = keptLog();
  const store = openHttpsStore({ env: {}, log, retry: quickRetry, silenceMs: 2000, ...options });
  return { ...store, log, [Symbol.asyncDispose]: async () => store.close?.() };
}

async function readAll(store: ReturnType<typeof openStore>, url: string, options: ReadOptions = {}): Promise<Buffer> {
  const { body } = await store.read(at(url), options);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const large = randomBytes(3_000_000);

/** Serves `bytes` with ranges, but resets the connection after each `every` bytes. */
function breaking(
  bytes: Buffer,
  every: number,
  options: { readonly etag?: () => string; readonly ranges?: boolean } = {},
) {
  let left = 6;
  return (request: IncomingMessage, response: ServerResponse): void => {
    const etag = options.etag?.();
    const asked = /^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1];
    const honoured = options.ranges !== false && asked !== undefined && request.headers["if-range"] === etag;
    const start = honoured ? Number(asked) : 0;
    response.writeHead(honoured ? 206 : 200, {
      "content-length": bytes.length - start,
      ...(etag === undefined ? {} : { etag }),
      ...(honoured ? { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    left -= 1;
    if (left <= 0) return void response.end(bytes.subarray(start));
    // A little more each time, so that a server that always starts again gets on too.
    response.write(bytes.subarray(start, start + every * (6 - left)), () => setTimeout(() => response.destroy(), 5));
  };
}

test("a body that breaks off is resumed where it stopped", async () => {
  await using server = await serve(breaking(large, 300_000, { etag: () => '"v1"' }));
  await using store = openStore();
  assert.deepEqual(await readAll(store, `${server.url}/x`), large);
  assert.ok(server.requests.length > 2);
});

test("a server that cannot resume is read again, and compared", async () => {
  await using server = await serve(breaking(large, 300_000, { ranges: false }));
  await using store = openStore();
  assert.deepEqual(await readAll(store, `${server.url}/x`), large);
});

test("a file that changes between two halves is not patched together", async () => {
  let version = 0;
  const other = randomBytes(large.length);
  const handlers = [breaking(large, 300_000, { etag: () => '"v1"' }), breaking(other, 300_000, { etag: () => '"v2"' })];
  await using server = await serve((request, response) => handlers[Math.min(version++, 1)]?.(request, response));
  await using store = openStore();
  await assert.rejects(readAll(store, `${server.url}/x`), {
    reason: "unreachable",
    message: /changed while it was read/,
  });
});

test("a connection that always breaks at the same place is given up", async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("ten bytes.", () => setTimeout(() => response.destroy(), 5));
  });
  await using store = openStore();
  await assert.rejects(readAll(store, `${server.url}/x`), { reason: "unreachable" });
});

test("a server that falls silent is given up", async () => {
  await using server = await serve((request, response) => {
    if (request.url === "/body") response.writeHead(200, { "content-length": 100 }).write("x");
  });
  await using store = openStore({ silenceMs: 100, retry: { ...quickRetry, totalMs: 300 } });
  const reading = ["/headers", "/body"].map((path) =>
    assert.rejects(readAll(store, server.url + path), { reason: "unreachable" }, path),
  );
  await Promise.all(reading);
});

test("passing failures are tried again, honouring Retry-After; others are not", async () => {
  let count = 0;
  await using server = await serve((request, response) => {
    count += 1;
    const status = Number(request.url?.slice(1));
    if (count > 3) return void response.end("at last");
    response.writeHead(status, { "retry-after": "0" }).end("later");
  });
  await using store = openStore();
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    count = 0;
    assert.equal((await readAll(store, `${server.url}/${status}`)).toString(), "at last");
  }
  for (const [status, reason] of Object.entries({
    400: "unreachable",
    401: "not-authorized",
    403: "not-authorized",
    404: "not-found",
    410: "not-found",
    501: "unreachable",
  })) {
    count = 0;
    await assert.rejects(readAll(store, `${server.url}/${status}`), { reason }, status);
    assert.equal(count, 1, status);
  }
  count = -100;
  const soon = openStore({ retry: { ...quickRetry, totalMs: 100 } });
  await assert.rejects(readAll(soon, `${server.url}/503`), { reason: "unreachable" });
  await soon.close?.();
});

test("redirects are followed, but not for ever, and never away from TLS", async () => {
  await using folder = await temporaryFolder();
  const tls = await makeCertificate(folder.path);
  await using plain = await serve((request, response) => {
    if (request.url === "/end") return void response.end(`arrived ${request.headers.authorization ?? "alone"}`);
    response.writeHead(302, { location: request.url === "/loop" ? "/loop" : "/end" }).end();
  });
  await using secure = await serve(
    (_request, response) => void response.writeHead(301, { location: `${plain.url}/end` }).end(),
    { tls },
  );
  await using store = openStore();
  assert.equal((await readAll(store, `${plain.url}/start`)).toString(), "arrived alone");
  const withUser = plain.url.replace("//", "//me:pass%20word@");
  assert.equal((await readAll(store, `${withUser}/start`)).toString(), `arrived Basic ${btoa("me:pass word")}`);
  await assert.rejects(readAll(store, `${plain.url}/loop`), { reason: "unreachable" });
  const script = join(import.meta.dirname, "read-url.ts");
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: tls.path };
  const { stdout } = await promisify(execFile)(process.execPath, [script, `${secure.url}/start`], { env });
  assert.match(stdout, /^unreachable .*redirects from https/);
});

test("a certificate is checked, NODE_EXTRA_CA_CERTS is named, and helps", async () => {
  await using folder = await temporaryFolder();
  const tls = await makeCertificate(folder.path);
  await using server = await serve((_request, response) => void response.end("over TLS"), { tls });
  await using store = openStore();
  await assert.rejects(readAll(store, `${server.url}/x`), (error) => {
    assert.ok(error instanceof NbjobError);
    return error.reason === "unreachable" && error.remedy?.includes("NODE_EXTRA_CA_CERTS") === true;
  });
  await assert.rejects(readAll(store, `${server.url.replace("127.0.0.1", "localhost")}/x`), { reason: "unreachable" });
  const script = join(import.meta.dirname, "read-url.ts");
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: tls.path };
  const { stdout } = await promisify(execFile)(process.execPath, [script, `${server.url}/x`], { env });
  assert.equal(stdout, "over TLS");
});

test("nobody there, no such name, no TLS: each says so", async () => {
  await using server = await serve((_request, response) => void response.end("x"));
  await using store = openStore();
  const cases: Record<string, RegExp> = {
    "http://127.0.0.1:1/x": /refuses connections/,
    "http://no-such-host.invalid/x": /cannot be resolved/,
    [server.url.replace("http:", "https:")]: /does not speak TLS/,
  };
  for (const [url, message] of Object.entries(cases)) {
    await assert.rejects(readAll(store, url), { reason: "unreachable", message }, url);
  }
});

test("a size limit holds with and without a Content-Length", async () => {
  await using server = await serve((request, response) => {
    if (request.url === "/told") response.writeHead(200, { "content-length": large.length });
    response.end(large);
  });
  await using store = openStore();
  await assert.rejects(readAll(store, `${server.url}/told`, { maxBytes: 1000 }), { reason: "invalid-work" });
});

test("a server that compresses unasked is undone", async () => {
  await using server = await serve((request, response) => {
    assert.equal(request.headers["accept-encoding"], "identity");
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(large));
  });
  await using store = openStore();
  const { info } = await store.read(at(`${server.url}/x`));
  assert.equal(info.bytes, undefined);
  assert.deepEqual(await readAll(store, `${server.url}/x`), large);
});

test("bytes that are not compressed as the server says are its fault, not the disk's", async () => {
  const whole = gzipSync(large);
  // Random bytes may happen to be brotli.
  const neither = Buffer.from("neither gzip nor brotli");
  await using server = await serve((request, response) => {
    response.writeHead(200, { "content-encoding": request.url === "/br" ? "br" : "gzip" });
    response.end(request.url === "/cut" ? whole.subarray(0, -9) : neither);
  });
  await using store = openStore();
  for (const path of ["/plain", "/cut", "/br"]) {
    await assert.rejects(readAll(store, server.url + path), { reason: "unreachable" }, path);
  }
});

test("a body that nobody reads does no harm when the store is closed", async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { "content-length": 100_000_000 }).write(large);
  });
  await using store = openStore();
  await store.read(at(`${server.url}/x`));
});

test("no secret of a URL gets into a message or the log", async () => {
  await using server = await serve(
    (request, response) => void response.writeHead(request.url?.includes("503") ? 503 : 404).end(),
  );
  await using store = openStore({ retry: { ...quickRetry, totalMs: 50 } });
  for (const path of ["/p/s3cret/n/ns/b/bucket/o/x", "/x?sig=s3cret", "/503?token=s3cret"]) {
    const url = server.url.replace("//", "//me:s3cret@") + path;
    const error: unknown = await readAll(store, url).catch((failure: unknown) => failure);
    assert.ok(error instanceof NbjobError);
    assert.equal(`${error.message} ${error.location} ${error.remedy}`.includes("s3cret"), false, error.message);
  }
  assert.equal(store.log.lines.join().includes("s3cret"), false);
});

test("plain http is warned of once, but not on this machine or when pinned", async () => {
  await using proxy = await serve((_request, response) => void response.end("x"));
  await using store = openStore({ env: { http_proxy: proxy.url } });
  const warnings = (): number => store.log.lines.filter((line) => line.startsWith("warn")).length;
  await readAll(store, "http://somewhere.example/x", { pinned: true });
  await readAll(store, `${proxy.url}/x`);
  assert.equal(warnings(), 0);
  await readAll(store, "http://somewhere.example/x");
  await readAll(store, "http://somewhere.example/y");
  assert.equal(warnings(), 1);
});

test("proxies of the environment are used, and NO_PROXY obeyed", async () => {
  await using target = await serve((_request, response) => void response.end("straight"));
  await using proxy = await serve((request, response) => void response.end(`proxied ${request.url}`));
  const env = { HTTP_PROXY: proxy.url.replace("http://", ""), NO_PROXY: "127.0.0.1" };
  await using store = openStore({ env });
  assert.equal((await readAll(store, `${target.url}/x`)).toString(), "straight");
  assert.equal((await readAll(store, "http://far.example/x")).toString(), "proxied http://far.example/x");
});

test("an https URL goes through the proxy's tunnel", async () => {
  await using folder = await temporaryFolder();
  const tls = await makeCertificate(folder.path, "DNS:far.example");
  await using target = await serve((_request, response) => void response.end("through the tunnel"), { tls });
  const { createServer } = await import("node:http");
  const asked: (string | undefined)[] = [];
  const proxy = createServer().on("connect", (request, socket) => {
    asked.push(request.url);
    const onward = connect(target.port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
    onward.pipe(socket).pipe(onward);
    for (const end of [socket, onward]) end.on("error", () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  const port = typeof address === "object" ? address?.port : 0;
  const env = { ...process.env, HTTPS_PROXY: `http://127.0.0.1:${port}`, NODE_EXTRA_CA_CERTS: tls.path };
  const script = join(import.meta.dirname, "read-url.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, "https://far.example/x"], { env });
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  assert.equal(stdout, "through the tunnel");
  assert.deepEqual(asked, ["far.example:443"]);
});

test("the web is read only, and its folders cannot be listed", async () => {
  await using store = openStore();
  const location = at("http://127.0.0.1/x");
  const source = { bytes: 0, async *open() {} };
  await assert.rejects(store.write(location, source), { reason: "output-folder" });
  await assert.rejects(store.delete(location), { reason: "output-folder" });
  await assert.rejects(
    async () => {
      for await (const _ of store.list(location)) assert.fail();
    },
    { reason: "invalid-job-file" },
  );
});

test("head tells what is there without reading it", async () => {
  await using server = await serve((request, response) => {
    if (request.url === "/none") return void response.writeHead(404).end();
    response.writeHead(200, {
      "content-length": large.length,
      etag: '"e"',
      "last-modified": "Sun, 22 Nov 2026 01:02:03 GMT",
      "content-type": "x/y",
    });
    response.end(large);
  });
  await using store = openStore();
  const location = at(`${server.url}/x`);
  assert.deepEqual(await store.head(location), {
    location,
    bytes: large.length,
    etag: '"e"',
    modifiedAt: new Date("2026-11-22T01:02:03Z"),
    contentType: "x/y",
  });
  assert.equal(await store.head(at(`${server.url}/none`)), undefined);
});

test("a cancel ends a read with its own reason, before and while the body comes", async () => {
  await using server = await serve((request, response) => {
    if (request.url === "/body") response.writeHead(200, { "content-length": 100 }).write("x");
  });
  await using store = openStore({ silenceMs: 20_000 });
  for (const path of ["/headers", "/body"]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await assert.rejects(readAll(store, server.url + path, { signal: controller.signal }), { message: "enough" }, path);
  }
});

test("bytes are streamed, not held", async () => {
  const bytes = 500 * 1024 * 1024;
  const chunk = Buffer.alloc(1024 * 1024, 7);
  await using server = await serve((_request, response) => {
    response.writeHead(200, { "content-length": bytes });
    let left = bytes;
    const more = (): void => {
      while (left > 0) {
        left -= chunk.length;
        if (!response.write(chunk)) return void response.once("drain", more);
      }
      response.end();
    };
    more();
  });
  await using store = openStore();
  const before = process.memoryUsage.rss();
  let most = 0;
  const hash = createHash("sha1");
  const { body } = await store.read(at(`${server.url}/x`));
  for await (const piece of body) {
    hash.update(piece);
    most = Math.max(most, process.memoryUsage.rss() - before);
  }
  assert.ok(most < 150 * 1024 * 1024, `${most} bytes`);
});
