import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  asFolder,
  displayLocation,
  formatLocation,
  isFolder,
  joinLocation,
  type Location,
  nameOf,
  parentOf,
  parseLocation,
} from "../../src/storage/location.ts";
import { NbjobError } from "../../src/text/errors.ts";

const segmentText = fc
  .string({ unit: "binary", minLength: 1, maxLength: 12 })
  .map((text) => text.replaceAll(/[/\0\r\n]/g, "_"))
  .filter((text) => text.isWellFormed() && text !== "." && text !== "..");
const nasty = fc.constantFrom(
  "a b",
  "%20",
  "c%20d",
  "?x",
  "#y.ipynb",
  "a@b",
  "100%",
  "é",
  "日本",
  "+",
  "&",
  "a:b",
  "~",
  " ",
);
const segment = fc.oneof(nasty, segmentText);
const objectName = fc
  .array(fc.oneof(segment, fc.constant("")), { minLength: 0, maxLength: 6 })
  .map((segments) => segments.join("/"))
  .filter((name) => Buffer.byteLength(name) <= 1024);
const bucket = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const ociLocation = fc
  .tuple(bucket, bucket, objectName)
  .filter(([, , object]) => object !== "." && object !== "..")
  .map(([name, namespace, object]) => ({ kind: "oci" as const, bucket: name, namespace, object }));
const fileLocation = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([segments, folder]): Location => ({ kind: "file", path: `/${segments.join("/")}${folder ? "/" : ""}` }));
const httpLocation = fc.tuple(fc.array(segment, { maxLength: 5 }), fc.boolean()).map(([segments, folder]) => {
  const base: Location = { kind: "http", url: "https://example.com/" };
  return segments.length === 0 ? base : joinLocation(base, segments.join("/") + (folder ? "/" : ""));
});
const anyLocation = fc.oneof(ociLocation, fileLocation, httpLocation);

test("a location survives being written and read again", () => {
  fc.assert(
    fc.property(anyLocation, (location) => {
      assert.deepEqual(parseLocation(formatLocation(location)), location);
    }),
  );
});

test("an oci object's name is every character after the namespace's slash", () => {
  fc.assert(
    fc.property(bucket, bucket, objectName, (name, namespace, object) => {
      assert.deepEqual(parseLocation(`oci://${name}@${namespace}/${object}`), {
        kind: "oci",
        bucket: name,
        namespace,
        object,
      });
    }),
  );
});

test("what is joined to a folder lies in it, under its own name", () => {
  fc.assert(
    fc.property(anyLocation, segment, (folder, name) => {
      const joined = joinLocation(folder, name);
      assert.equal(nameOf(joined), name);
      assert.deepEqual(parentOf(joined), asFolder(folder));
      assert.equal(isFolder(joined), false);
      assert.equal(isFolder(parentOf(joined)), true);
    }),
  );
});

test("relative names resolve beside the job file, wherever it lies", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        ociLocation.filter((l) => l.object !== "" && !l.object.startsWith("/")),
        fileLocation,
      ),
      segment,
      (at, name) => {
        fc.pre(!/^[A-Za-z][A-Za-z0-9+.-]*:\//.test(name) && !/^(?:oci|https?|file):/i.test(name) && name.trim() !== "");
        const base = parentOf(at);
        assert.deepEqual(parseLocation(`./${name}`, { baseFolder: base }), joinLocation(base, name));
        assert.deepEqual(parseLocation(`x/../${name}`, { baseFolder: base }), joinLocation(base, name));
      },
    ),
  );
});

const cases: readonly (readonly [text: string, base: string | undefined, expected: string])[] = [
  ["data/x.csv", "/jobs/", "/jobs/data/x.csv"],
  ["../x.csv", "/jobs/sub/", "/jobs/x.csv"],
  ["data", "oci://b@n/jobs/", "oci://b@n/jobs/data"],
  ["../data/", "oci://b@n/jobs/", "oci://b@n/data/"],
  ["..", "oci://b@n/jobs/", "oci://b@n/"],
  ["a//b", "oci://b@n/jobs/", "oci://b@n/jobs/a//b"],
  ["a b#c?.ipynb", "https://h/jobs/", "https://h/jobs/a%20b%23c%3F.ipynb"],
  ["../x", "https://h/a/b/", "https://h/a/x"],
  ["/data/x", "oci://b@n/jobs/", "/data/x"],
  ["oci://b@n", undefined, "oci://b@n/"],
  ["OCI://My_Bucket@MyNs/a b/c%20d?x#y.ipynb", undefined, "oci://My_Bucket@MyNs/a b/c%20d?x#y.ipynb"],
  ["oci://b@n/me@example.com/x", undefined, "oci://b@n/me@example.com/x"],
  ["oci://b@n//x", undefined, "oci://b@n//x"],
  ["file:///a%20b/c", undefined, "/a b/c"],
  ["file:/a/b/", undefined, "/a/b/"],
  ["file://localhost/a", undefined, "/a"],
  ["https://h/a b#L10", undefined, "https://h/a%20b"],
  [
    "https://github.com/o/r/blob/main/d/a%20b.ipynb?plain=1#L3",
    undefined,
    "https://raw.githubusercontent.com/o/r/main/d/a%20b.ipynb",
  ],
  [
    "https://gitlab.com/g/s/p/-/blob/main/a.ipynb?ref_type=heads",
    undefined,
    "https://gitlab.com/g/s/p/-/raw/main/a.ipynb",
  ],
  ["https://github.com/o/r/blob/main", undefined, "https://github.com/o/r/blob/main"],
  ["a/./b/../c/", "/x/", "/x/a/c/"],
];
for (const [text, base, expected] of cases) {
  test(`${text} from ${base ?? "nowhere"} is ${expected}`, () => {
    const options = base === undefined ? {} : { baseFolder: parseLocation(base) };
    assert.equal(formatLocation(parseLocation(text, options)), expected);
  });
}

const refused = [
  "",
  "  ",
  "oci://bucket/object",
  "oci://bucket@/object",
  "oci://@ns/object",
  "oci://a@b@c/object",
  "oci://my bucket@ns/x",
  "oci://..@ns/x",
  "oci://b@n/.",
  "oci://b@n/..",
  "oci://b@n/line\nbreak",
  `oci://b@n/${"é".repeat(513)}`,
  "oci://b@n/\ud800",
  "oci:/b@n/x",
  "oci:b@n/x",
  "https:/h/x",
  "https://",
  "https://ho st/x",
  "s3://bucket/key",
  "file://host/share",
  "file:///a?b",
  "file:///a#b",
  "file:///a%2Fb",
  "a\0b",
];
for (const text of refused) {
  test(`${JSON.stringify(text.slice(0, 40))} is refused`, () => {
    assert.throws(
      () => parseLocation(text),
      (error) => error instanceof NbjobError && error.reason === "invalid-job-file" && !error.message.includes("\n\n"),
    );
  });
}

test("a relative name cannot climb out of its bucket", () => {
  const baseFolder = parseLocation("oci://b@n/jobs/");
  assert.throws(() => parseLocation("../../x", { baseFolder }), { reason: "invalid-job-file" });
});

test("a tilde is the home folder only where one is given", () => {
  assert.equal(formatLocation(parseLocation("~/out/", { home: "/home/me" })), "/home/me/out/");
  assert.equal(formatLocation(parseLocation("~/out/", { baseFolder: parseLocation("/w/") })), "/w/~/out/");
});

for (const path of ["../x", "a/../../x", "/etc/passwd", "..", "."]) {
  test(`joining ${path} is refused`, () => {
    assert.throws(() => joinLocation(parseLocation("/out/"), path), NbjobError);
  });
}

test("what is shown of a URL holds no password, token or signature", () => {
  const shown = [
    "https://me:s3cret@host/a?raw=true",
    "https://objectstorage.us-ashburn-1.oraclecloud.com/p/s3cret/n/ns/b/bucket/o/a.ipynb",
    "https://host/a?X-Amz-Signature=s3cret&X-Amz-Date=1",
    "https://raw.githubusercontent.com/o/r/main/a.ipynb?token=s3cret",
  ].map((url) => displayLocation(parseLocation(url)));
  for (const text of shown) assert.equal(text.includes("s3cret"), false, text);
  assert.equal(shown[0], "https://…@host/a?raw=true");
});

test("nor is any of it in what is said of a URL that is none", () => {
  for (const text of [
    "https://me:s3cret@host:99999/a",
    "https:/me:s3cret@host/a",
    "https://ho st/p/s3cret/n/ns/b/bucket/o/a",
    "https://ho st/a?sig=s3cret",
  ]) {
    assert.throws(
      () => parseLocation(text),
      (error) => error instanceof NbjobError && !error.message.includes("s3cret"),
    );
  }
});
