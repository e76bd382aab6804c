/** The stock image in the hands of others: users, file systems, signals, what it says of itself, and what a build may add. */
import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { docker, runContainer, runDocker, stockImage, variantImage } from "../support/docker.ts";
import { folder, notebook } from "../support/program.ts";

test("runs as root, as user 1000 and as anyone, on a root that cannot be written, without a network", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  for (const user of ["0", "1000", "54321:54321"]) {
    const dir = await folder(t, { "n.ipynb": notebook(["import os; print('uid', os.getuid(), os.getcwd())"]) });
    await chmod(dir, 0o777);
    const confined = ["--read-only", "--tmpfs", "/tmp", "--network", "none", "--user", user];
    const { code, stdout, stderr } = await runContainer([
      ...confined,
      "-v",
      `${dir}:/jobs`,
      image,
      "/jobs/n.ipynb",
      "--output-folder",
      "/jobs/out",
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`uid ${user.split(":")[0]} /tmp/`));
  }
});

test("runs with a volume over /home/datascience and the home that a job run has", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const inside = await runContainer([image, "sh", "-c", "ls -A /home"]);
  assert.deepEqual([inside.code, inside.stdout], [0, ""]);
  const { code, stdout, stderr } = await runContainer([
    "--user",
    "1000",
    "--tmpfs",
    "/home/datascience:uid=1000",
    "-e",
    "HOME=/home/datascience",
    image,
    "sh",
    "-c",
    "printf 'echo from $HOME' > ~/w.sh && exec nbjob run ~/w.sh --output-folder ~/out",
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /from \/home\/datascience/);
});

test("process 1 collects what the work leaves behind", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const orphans = "for i in 1 2 3; do sh -c 'sleep 0.1 & exit'; done; sleep 0.5";
  const count = 'echo "zombies: $(grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null | wc -l)"';
  const dir = await folder(t, { "work.sh": `${orphans}\n${count}\n` });
  const { stdout, stderr } = await runContainer([
    "-v",
    `${dir}:/jobs`,
    image,
    "/jobs/work.sh",
    "--output-folder",
    "/jobs/out",
  ]);
  assert.match(stdout, /zombies: 0/, stderr);
  assert.doesNotMatch(stderr, /process 1/);
});

test("gives the exit code of what it runs, nbjob's or another program's", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const codes = await Promise.all(
    [
      ["bash", "-c", "exit 7"],
      ["run", "/not/there.yaml"],
      ["--no-such-flag"],
      ["--version"],
      // What runs call: for repositories and .tar.xz.
      ["sh", "-c", "git --version && ssh -V && xz --version"],
    ].map(async (words) => (await runContainer([image, ...words])).code),
  );
  assert.deepEqual(codes, [7, 66, 64, 0, 0]);
});

test("says what it is and what is in it", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const { stdout } = await runDocker(["inspect", "-f", "{{json .Config.Labels}}", image]);
  for (const label of ["title", "version", "revision", "licenses"])
    assert.match(stdout, new RegExp(`org.opencontainers.image.${label}":"[^"]`));
  const bill = await runContainer([image, "cat", "/opt/nbjob/sbom.json"]);
  // The file is ours, and each part that is used is asserted on.
  const { components } = JSON.parse(bill.stdout) as { components: { purl: string }[] };
  for (const part of [
    "pkg:generic/node@24",
    "pkg:npm/undici@",
    "pkg:npm/zeromq@",
    "pkg:pypi/ipykernel@",
    "pkg:deb/debian/tini@",
  ])
    assert.ok(
      components.some(({ purl }) => purl.startsWith(part)),
      part,
    );
});

test("keeps no caches, and no Python that is not compiled", async (t) => {
  if (!(await docker(t))) return;
  const image = await stockImage();
  const look = [
    "ls -A /var/lib/apt/lists /var/cache/apt /root/.cache /root/.npm 2>/dev/null | grep -v :$",
    "cd /opt/nbjob/venv/lib/python3*/site-packages/ipykernel && for f in *.py; do ls __pycache__/${f%.py}.*.pyc >/dev/null; done",
    "python -c 'import debugpy' 2>/dev/null && echo debugpy",
  ].join("\n");
  const { stdout, stderr } = await runContainer([image, "sh", "-c", look]);
  assert.deepEqual([stdout.trim(), stderr], ["", ""]);
});

test("a build adds Java, Python packages, and kernels for other languages", async (t) => {
  if (!(await docker(t))) return;
  const image = await variantImage("nbjob-test-variant", {
    JRE: "1",
    REQUIREMENTS: "humanize",
    EXTRA_KERNELS: "bash",
    VERSION: "9.9",
  });
  assert.equal((await runContainer([image, "java", "-version"])).code, 0);
  const dir = await folder(t, {
    "b.ipynb": notebook(["echo from bash $((6 * 7))"], "bash"),
    "p.ipynb": notebook(["import humanize; print(humanize.intcomma(1234567))"]),
  });
  for (const [name, said] of [
    ["b.ipynb", /from bash 42/],
    ["p.ipynb", /1,234,567/],
  ] as const) {
    const { code, stdout, stderr } = await runContainer([
      "-v",
      `${dir}:/jobs`,
      image,
      join("/jobs", name),
      "--output-folder",
      `/jobs/${name}.out`,
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, said);
  }
});
