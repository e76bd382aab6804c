import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { partBytesFor } from "../../src/oci/objectstorage/multipart.ts";
import { encodeName, encodeQuery } from "../../src/oci/objectstorage/names.ts";

const mebi = 1024 ** 2;

test("no file takes more than 10,000 parts, up to the 10 TiB that an object may have", () => {
  assert.equal(partBytesFor(1024 * mebi), 64 * mebi);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 * 1024 ** 4 }), (bytes) => {
      const part = partBytesFor(bytes);
      assert.equal(part % mebi, 0);
      assert.ok(part >= 64 * mebi && part <= 50 * 1024 * mebi);
      assert.ok(Math.ceil(bytes / part) <= 10_000);
    }),
  );
  assert.ok(partBytesFor(10 * 1024 ** 4) > 64 * mebi);
});

test("names and queries are encoded whole: nothing of them ends a path or a parameter", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
      (name) => {
        assert.match(encodeName(name), /^(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})*$/);
        assert.equal(decodeURIComponent(encodeName(name)), name);
        const query = new URLSearchParams(encodeQuery({ prefix: name, none: undefined, limit: 5 }));
        assert.deepEqual([...query.keys()], ["prefix", "limit"]);
        assert.equal(query.get("prefix"), name);
      },
    ),
  );
});
