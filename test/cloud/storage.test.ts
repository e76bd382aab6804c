import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { signedRequest } from "./clients/signed-request.ts";
import { startCloud } from "./cloud.ts";
import { combineCrc32c, Crc32c } from "./objectstorage/crc32c.ts";
import { listPage } from "./objectstorage/listing.ts";
import { compareNames } from "./objectstorage/names.ts";

const name = fc.stringMatching(/^[ab/é\u{10000}\u{e000}]{1,5}$/u);

suite("what is stored", () => {
  test("is there again when the cloud is, and no file is left over", async () => {
    const data = await mkdtemp(join(tmpdir(), "cloud-test-"));
    const bytes = randomBytes(2_500_000);
    try {
      const first = await startCloud({ data, minimumPart: 1 });
      await first.storage.putBytes("bucket", "kept", bytes, { "content-type": "x/y" });
      await first.storage.putBytes("bucket", "replaced", bytes);
      await first.storage.putBytes("bucket", "replaced", Buffer.from("new"));
      await first.storage.putBytes("bucket", "deleted", bytes);
      await first.storage.delete("bucket", "deleted");
      const uploads = "/n/nbjobcloud/b/bucket/u";
      const created = await signedRequest(first, { method: "POST", target: uploads, body: '{"object":"parts"}' });
      const uploadId = /"uploadId":"([^"]+)"/.exec(created.body.toString())?.[1] ?? "";
      const target = `${uploads}/parts?uploadId=${uploadId}`;
      const part = await signedRequest(first, { method: "PUT", target: `${target}&uploadPartNum=1`, body: bytes });
      await first.close();

      await using second = await startCloud({ data });
      assert.deepEqual(second.storage.names("bucket"), ["kept", "replaced"]);
      const got = await signedRequest(second, { target: "/n/nbjobcloud/b/bucket/o/kept" });
      assert.equal(got.headers["content-type"], "x/y");
      assert.deepEqual(got.body, bytes);
      assert.equal((await second.storage.bytes("bucket", "replaced")).toString(), "new");
      const commit = JSON.stringify({ partsToCommit: [{ partNum: 1, etag: part.headers.etag }] });
      assert.equal((await signedRequest(second, { method: "POST", target, body: commit })).status, 200);
      assert.deepEqual(await second.storage.bytes("bucket", "parts"), bytes);
      const files = await readdir(join(data, "bodies"), { recursive: true });
      assert.equal(files.filter((path) => path.includes("/")).length, 3);
    } finally {
      await rm(data, { recursive: true });
    }
  });

  test("can be replaced, renamed and deleted while it is read", async () => {
    await using cloud = await startCloud();
    const { storage } = cloud;
    const bytes = randomBytes(3_000_000);
    const { segments } = await storage.putBytes("bucket", "object", bytes);
    const reading = storage.bodies.read(segments, 0, bytes.length);
    const first = await reading.next();
    await storage.putBytes("bucket", "object", Buffer.from("other"));
    const chunks = first.done === true ? [] : [first.value];
    for await (const chunk of reading) chunks.push(chunk);
    assert.deepEqual(Buffer.concat(chunks), bytes);
  });

  test("one of many writers who must be first is", async () => {
    await using cloud = await startCloud();
    const target = "/n/nbjobcloud/b/bucket/o/once";
    const headers = { "if-none-match": "*" };
    const race = Array.from({ length: 16 }, (_, i) =>
      signedRequest(cloud, { method: "PUT", target, headers, body: String(i) }),
    );
    const statuses = (await Promise.all(race)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, 1);
    assert.equal(statuses.filter((status) => status === 412).length, 15);
  });
});

suite("listing", () => {
  test("orders names by their bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        assert.equal(Math.sign(compareNames(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  test("pages add up to what one page would say, whatever the limit", () => {
    const query = fc.record({
      prefix: fc.oneof(fc.constant(""), name),
      delimiter: fc.constantFrom("", "/"),
      start: fc.oneof(fc.constant(""), name),
      startAfter: fc.oneof(fc.constant(""), name),
      end: fc.oneof(fc.constant(""), name),
    });
    fc.assert(
      fc.property(fc.uniqueArray(name), query, fc.integer({ min: 1, max: 5 }), (names, asked, limit) => {
        const sorted = names.toSorted(compareNames);
        const whole = listPage(sorted, { ...asked, limit: 1000 });
        const found: string[] = [];
        const prefixes: string[] = [];
        let { start }: { start: string | undefined } = asked;
        while (start !== undefined) {
          const page = listPage(sorted, { ...asked, start, limit });
          assert.ok(page.names.length + page.prefixes.length <= limit);
          found.push(...page.names);
          prefixes.push(...page.prefixes);
          start = page.next;
        }
        assert.deepEqual({ names: found, prefixes, next: undefined }, whole);
        const after = (text: string, bound: string): boolean => compareNames(text, bound) > 0;
        const wanted = sorted.filter(
          (text) =>
            text.startsWith(asked.prefix) &&
            !after(asked.start, text) &&
            (asked.startAfter === "" || after(text, asked.startAfter)) &&
            (asked.end === "" || after(asked.end, text)),
        );
        const told = wanted.filter((text) => asked.delimiter === "" || !text.slice(asked.prefix.length).includes("/"));
        assert.deepEqual(found, told);
      }),
    );
  });
});

test("CRC-32C of two bodies is that of both", () => {
  const crc = (bytes: Uint8Array): string => {
    const digester = new Crc32c();
    digester.update(bytes);
    return digester.digest("base64");
  };
  assert.equal(crc(Buffer.from("123456789")), Buffer.from("e3069283", "hex").toString("base64"));
  assert.notEqual(Buffer.from(crc(Buffer.from("1")), "base64").readUInt32BE(), crc32("1"));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 99 }), fc.uint8Array({ maxLength: 99 }), (a, b) => {
      assert.equal(combineCrc32c(crc(a), crc(b), b.length), crc(Buffer.concat([a, b])));
    }),
  );
});
