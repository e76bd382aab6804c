import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, lstat, readdir, readFile, readlink, truncate, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import { leadsInside } from "../../src/artifact/archive/links.ts";
import { unpack, type UnpackLimits } from "../../src/artifact/archive/index.ts";
import { NbjobError } from "../../src/text/errors.ts";
import { folder, makeArchive, type ArchiveEntry, type ArchiveFormat } from "./make-archive.ts";

const env = { PATH: process.env["PATH"] ?? "" };
const hasXz = spawnSync("xz", ["--version"]).status === 0;
const formats: readonly ArchiveFormat[] = ["zip", "tar", "tar:gz", "tar:zst", ...(hasXz ? (["tar:xz"] as const) : [])];

async function unpackTo(t: TestContext, archive: string, limits: Partial<UnpackLimits> = {}): Promise<string> {
  const into = join(await folder(t), "out");
  await unpack(archive, { name: basename(archive), into, env, limits });
  return into;
}

/** Path → what lies there: `text (mode)`, `-> target`, or `/`. */
async function look(root: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const stats = await lstat(path);
    found[path.slice(root.length + 1)] = entry.isSymbolicLink()
      ? `-> ${await readlink(path)}`
      : entry.isDirectory()
        ? `/ (${(stats.mode & 0o7777).toString(8)})`
        : `${await readFile(path, "utf8")} (${(stats.mode & 0o7777).toString(8)})`;
  }
  return found;
}

/** The archive is refused as not what it claims, the entry named, and nothing was written beside the folder. */
async function refused(
  t: TestContext,
  format: ArchiveFormat,
  entries: readonly ArchiveEntry[],
  named: string | undefined,
  limits: Partial<UnpackLimits> = {},
): Promise<void> {
  const archive = await makeArchive(t, format, entries);
  const place = await folder(t);
  await assert.rejects(
    unpack(archive, { name: basename(archive), into: join(place, "out"), env, limits }),
    (error) => {
      assert.ok(error instanceof NbjobError, String(error));
      assert.equal(error.reason, "invalid-work", error.message);
      assert.ok(
        named === undefined || error.message.includes(JSON.stringify(named)),
        `${error.message} names ${named}`,
      );
      return true;
    },
    `${format} ${JSON.stringify(entries)}`,
  );
  assert.deepEqual(
    (await readdir(place)).filter((name) => name !== "out"),
    [],
  );
}

test("unpacks every format with permissions, links and names of any alphabet", async (t) => {
  const deep = `${"long-folder-name/".repeat(12)}leaf.txt`;
  const entries: readonly ArchiveEntry[] = [
    { name: "run.sh", data: "#!/bin/sh\n", mode: 0o755 },
    { name: "./src/main.py", data: "print(1)\n", mode: 0o600 },
    { name: "src/setuid", data: "x", mode: 0o4755 },
    { name: "data/", type: "dir", mode: 0o750 },
    { name: "data/日本 é.txt", data: "日本" },
    { name: "data/empty", data: "" },
    { name: "latest", type: "symlink", target: "data/日本 é.txt" },
    { name: "src/up", type: "symlink", target: "../data" },
    { name: "src/lost", type: "symlink", target: "not/there" },
    { name: deep, data: "deep" },
  ];
  for (const format of formats) {
    const found = await look(await unpackTo(t, await makeArchive(t, format, entries)));
    const { [deep]: leaf, ...rest } = found;
    assert.equal(leaf, "deep (644)", format);
    assert.deepEqual(
      Object.fromEntries(
        Object.entries(rest).filter(([name]) => !name.startsWith("long-folder-name") && name !== "src"),
      ),
      {
        "run.sh": "#!/bin/sh\n (755)",
        "src/main.py": "print(1)\n (600)",
        "src/setuid": "x (755)",
        data: "/ (750)",
        "data/日本 é.txt": "日本 (644)",
        "data/empty": " (644)",
        latest: "-> data/日本 é.txt",
        "src/up": "-> ../data",
        "src/lost": "-> not/there",
      },
      format,
    );
  }
});

test("keeps a tar's hard links and reads a Windows zip", async (t) => {
  const linked = await unpackTo(
    t,
    await makeArchive(t, "tar", [
      { name: "a", data: "same" },
      { name: "b", type: "link", target: "a" },
    ]),
  );
  assert.equal((await lstat(join(linked, "a"))).ino, (await lstat(join(linked, "b"))).ino);
  const windows = await unpackTo(t, await makeArchive(t, "zip", [{ name: "dir\\main.py", data: "x", system: 0 }]));
  assert.equal((await look(windows))["dir/main.py"], "x (644)");
});

test("believes an archive's bytes about its compression, not its name", async (t) => {
  const gzip = await makeArchive(t, "tar:gz", [{ name: "a", data: "x" }], "work.tar");
  assert.equal((await look(await unpackTo(t, gzip)))["a"], "x (644)");
  const zip = await makeArchive(t, "zip", [{ name: "a", data: "x" }], "work.tgz");
  assert.equal((await look(await unpackTo(t, zip)))["a"], "x (644)");
});

test("refuses what would leave the folder", async (t) => {
  const file = { data: "x" };
  for (const format of ["zip", "tar", "tar:gz"] as const) {
    await refused(
      t,
      format,
      [
        { name: "ok", ...file },
        { name: "../evil", ...file },
      ],
      "../evil",
    );
    await refused(t, format, [{ name: "a/../../evil", ...file }], "a/../../evil");
    await refused(t, format, [{ name: "/tmp/nbjob-evil", ...file }], "/tmp/nbjob-evil");
    await refused(t, format, [{ name: "C:/evil", ...file }], "C:/evil");
    await refused(t, format, [{ name: "out", type: "symlink", target: "/etc/passwd" }], "out");
    await refused(t, format, [{ name: "a/out", type: "symlink", target: "../../etc" }], "a/out");
    await refused(
      t,
      format,
      [
        { name: "way", type: "symlink", target: ".." },
        { name: "way/evil", ...file },
      ],
      format === "zip" ? "way/evil" : undefined,
    );
    // Every target looks harmless by itself.
    await refused(
      t,
      format,
      [
        { name: "a/b/top", type: "symlink", target: "../.." },
        { name: "out", type: "symlink", target: "a/b/top/../evil" },
      ],
      "out",
    );
  }
  await refused(t, "zip", [{ name: "..\\evil", ...file }], "../evil");
  await refused(t, "tar", [{ name: "passwd", type: "link", target: "/etc/passwd" }], "/etc/passwd");
  await refused(t, "tar", [{ name: "passwd", type: "link", target: "../../../etc/passwd" }], "../../../etc/passwd");
  await refused(
    t,
    "tar",
    [
      { name: "inner", type: "symlink", target: "a" },
      { name: "b", type: "link", target: "inner" },
    ],
    "b",
  );
  assert.equal(existsSync("/tmp/nbjob-evil"), false);
});

test("refuses devices, pipes, names twice and files as folders", async (t) => {
  for (const format of ["zip", "tar"] as const) {
    await refused(t, format, [{ name: "null", type: "char" }], "null");
    await refused(t, format, [{ name: "pipe", type: "fifo" }], "pipe");
    await refused(
      t,
      format,
      [
        { name: "a", data: "1" },
        { name: "./a", data: "2" },
      ],
      "./a",
    );
    await refused(
      t,
      format,
      [
        { name: "a", data: "1" },
        { name: "a/b", data: "2" },
      ],
      "a/b",
    );
    await refused(
      t,
      format,
      [
        { name: "a/b", data: "1" },
        { name: "a", data: "2" },
      ],
      "a",
    );
    await refused(t, format, [{ name: "n".repeat(300), data: "1" }], "n".repeat(300));
  }
});

test("refuses bombs before they go off", async (t) => {
  const limits = { ratioFrom: 1 << 20 };
  for (const format of ["zip", "tar:gz", "tar:zst", ...(hasXz ? (["tar:xz"] as const) : [])] as const)
    await refused(t, format, [{ name: "zeros", size: 16 << 20 }], "zeros", limits);
  await refused(
    t,
    "zip",
    [
      { name: "a", size: 600 },
      { name: "b", size: 600 },
    ],
    "b",
    { maxBytes: 1_000 },
  );
  await refused(
    t,
    "tar",
    [
      { name: "a", size: 6_000 },
      { name: "b", size: 90_000 },
    ],
    undefined,
    { maxBytes: 20_000 },
  );
  await refused(t, "zip", [{ name: "a" }, { name: "b" }, { name: "c" }], "c", { maxEntries: 2 });
});

test("refuses what is encrypted, damaged or cut off", async (t) => {
  await refused(t, "zip", [{ name: "secret", data: "x", flags: 1 }], "secret");
  const text = Array.from({ length: 20_000 }, (_, index) => String((index * 7919) % 10_007)).join("\n");
  for (const format of formats) {
    const whole = await makeArchive(t, format, [
      { name: "first", data: "1" },
      { name: "data", data: text },
    ]);
    const { size } = await lstat(whole);
    for (const part of [0, 1, 100, Math.floor(size / 2), size - 12_000, size - 30].filter(
      (bytes) => bytes >= 0 && bytes < size,
    )) {
      const cut = join(await folder(t), basename(whole));
      await copyFile(whole, cut);
      await truncate(cut, part);
      // The end of a plain tar is padding: a little of it may be missing.
      if (format === "tar" && part > size - 8_000) continue;
      await assert.rejects(
        unpackTo(t, cut),
        { name: "NbjobError", reason: "invalid-work" },
        `${format} cut at ${part} of ${size}`,
      );
    }
  }
  const damaged = await makeArchive(t, "zip", [{ name: "data", data: text }]);
  const bytes = await readFile(damaged);
  bytes[200] = (bytes[200] ?? 0) ^ 0xff;
  await writeFile(damaged, bytes);
  await assert.rejects(unpackTo(t, damaged), { reason: "invalid-work" });
  const page = join(await folder(t), "work.zip");
  await writeFile(page, "<!DOCTYPE html><title>Sign in</title>");
  await assert.rejects(unpackTo(t, page), { reason: "invalid-work" });
});

test("every single damaged byte is survived: the same content, or refused", async (t) => {
  const text = Array.from({ length: 400 }, (_, index) => String((index * 7919) % 10_007)).join("\n");
  for (const format of ["zip", "tar:gz", "tar:zst"] as const) {
    const whole = await makeArchive(t, format, [
      { name: "first", data: "1" },
      { name: "data", data: text },
    ]);
    const good = await look(await unpackTo(t, whole));
    const bytes = await readFile(whole);
    for (let at = 0; at < bytes.length; at += 1 + Math.floor(bytes.length / 60)) {
      const path = join(await folder(t), basename(whole));
      await writeFile(path, bytes.with(at, (bytes[at] ?? 0) ^ 0x55));
      try {
        const found = await look(await unpackTo(t, path));
        // Names and permissions have no checksum in a zip.
        assert.deepEqual(Object.keys(found).length, Object.keys(good).length, `${format} damaged at ${at}`);
      } catch (error) {
        assert.ok(
          error instanceof NbjobError && error.reason === "invalid-work",
          `${format} damaged at ${at}: ${String(error)}`,
        );
      }
    }
  }
});

test("says that xz is missing", async (t) => {
  if (!hasXz) {
    t.skip("xz is not on PATH, so no .tar.xz can be made");
    return;
  }
  const archive = await makeArchive(t, "tar:xz", [{ name: "a", data: "x" }]);
  const into = join(await folder(t), "out");
  await assert.rejects(unpack(archive, { name: "a.tar.xz", into, env: { PATH: "/nowhere" } }), {
    reason: "environment",
  });
});

test("a link that leads inside is what the file system says it is", () => {
  const names = fc.constantFrom("a", "b", "c");
  const path = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const target = fc
    .array(fc.constantFrom("..", ".", "a", "b", "c", "x"), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join("/"));
  fc.assert(
    fc.property(fc.array(fc.tuple(path, target), { minLength: 1, maxLength: 4 }), (pairs) => {
      const links = new Map(pairs);
      // No link lies below another: the extraction refuses that before.
      for (const [link] of links) if ([...links.keys()].some((other) => link.startsWith(`${other}/`))) return;
      const [first = ""] = links.keys();
      assert.equal(leadsInside(first, links), followSlowly(first, links));
    }),
    { numRuns: 3_000 },
  );
});

/** Follows a link one step at a time by replacing the first link in the path; false as soon as a step is outside. */
function followSlowly(path: string, links: ReadonlyMap<string, string>): boolean {
  let current = path.split("/");
  for (let hop = 0; hop <= 200; hop++) {
    const step = firstStep(current, links);
    if (step === "outside") return false;
    if (step === "end") return true;
    current = step;
  }
  return true;
}

function firstStep(parts: readonly string[], links: ReadonlyMap<string, string>): string[] | "outside" | "end" {
  const place: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (part === ".") continue;
    if (part === "..") {
      if (place.length === 0) return "outside";
      place.pop();
      continue;
    }
    const target = links.get([...place, part].join("/"));
    if (target !== undefined) return [...place, ...target.split("/"), ...parts.slice(index + 1)];
    place.push(part);
  }
  return "end";
}
