/** The one file that other images copy: `COPY --from=nbjob /nbjob /usr/local/bin/nbjob`, into images that know nothing of it. */
import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { RunRecord } from "../../src/run/record.ts";
import {
  containerPrinted,
  docker,
  ownImage,
  readmeImage,
  runContainer,
  runDocker,
  startContainer,
} from "../support/docker.ts";
import { folder, json, notebook } from "../support/program.ts";
import { inContainer, sameRuns } from "./same-runs.ts";

const copied = "COPY --from=nbjob /nbjob /usr/local/bin/nbjob";

/** Debian with nothing else. */
const bare = (): Promise<string> => ownImage("nbjob-test-bare", ["FROM debian:trixie-slim", copied]);

/**
 * As images with conda and with CUDA are: an interpreter of its own kind of place with what it needs, no other, and a
 * library path that brings another C++ library first.
 */
const condaAndCuda = (): Promise<string> =>
  ownImage("nbjob-test-conda", [
    "FROM nbjob AS made",
    "WORKDIR /made/opt/conda",
    // Of the packages those that a kernel needs: the large ones take long to copy.
    "RUN mkdir -p bin lib share conda-meta ../../usr/local/cuda/lib64 && touch conda-meta/history \\",
    " && cp /usr/bin/python3.13 bin/python && ln -s python bin/python3 && cp -a /usr/lib/python3.13 lib/ \\",
    " && cp -a /opt/nbjob/venv/lib/python3.13/site-packages lib/python3.13/dist-packages && cd lib/python3.13/dist-packages \\",
    " && rm -rf numpy* matplotlib* mpl_toolkits pillow* PIL fontTools fonttools* pip pip-* contourpy* kiwisolver* && cd - \\",
    " && cp -a /opt/nbjob/venv/share/jupyter share/ \\",
    " && cp -L /usr/lib/*-linux-gnu/libexpat.so.1 /usr/lib/*-linux-gnu/libffi.so.8 /usr/lib/*-linux-gnu/libsqlite3.so.0 lib/ \\",
    " && cp -L /usr/lib/*-linux-gnu/libstdc++.so.6 ../../usr/local/cuda/lib64/",
    "FROM debian:trixie-slim",
    "COPY --from=made /made/ /",
    "ENV PATH=/opt/conda/bin:/usr/local/bin:/usr/bin:/bin CONDA_PREFIX=/opt/conda CONDA_DEFAULT_ENV=base",
    "ENV LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/cuda/lib64:/opt/conda/lib NVIDIA_VISIBLE_DEVICES=all",
    copied,
  ]);

for (const [what, image] of Object.entries({ "the README's image": readmeImage, "conda and CUDA": condaAndCuda })) {
  test(`copied into ${what}, it passes the suite of runs that every way in passes`, async (t) => {
    if (!(await docker(t))) return;
    await sameRuns(t, inContainer(await image()));
  });
}

test("a conda environment that is on no PATH is found by CONDA_PREFIX, and is the one that runs", async (t) => {
  if (!(await docker(t))) return;
  const image = await condaAndCuda();
  const dir = await folder(t, {
    "n.ipynb": notebook(["import sys, os; print(sys.prefix, os.environ['NVIDIA_VISIBLE_DEVICES'])"]),
  });
  const { code, stdout, stderr } = await runContainer([
    "--init",
    "-e",
    "PATH=/usr/local/bin:/usr/bin:/bin",
    "-v",
    `${dir}:/jobs:ro`,
    image,
    "nbjob",
    "/jobs/n.ipynb",
    "--output-folder",
    "/tmp/out",
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\/opt\/conda all$/m);
});

test("in an image with nothing in it, a script runs as process 1, with a warning, and its exit code comes out", async (t) => {
  if (!(await docker(t))) return;
  const image = await bare();
  const dir = await folder(t, { "work.sh": "(sleep 0.2 &)\necho made > made.txt\nexit 23\n" });
  const { code, stderr } = await runContainer([
    "-v",
    `${dir}:/jobs`,
    image,
    "nbjob",
    "run",
    "/jobs/work.sh",
    "--output-folder",
    "/jobs/out",
  ]);
  assert.equal(code, 23, stderr);
  assert.match(stderr, /process 1/);
  const record = await json<RunRecord>(join(dir, "out/run.json"));
  assert.deepEqual([record.complete, record.exitCode], [true, 23]);
});

test("in an image with nothing in it, a notebook is told which package it needs", async (t) => {
  if (!(await docker(t))) return;
  const image = await bare();
  const dir = await folder(t, { "n.ipynb": notebook(["1"]) });
  const { code, stderr } = await runContainer([
    "--init",
    "-v",
    `${dir}:/jobs`,
    image,
    "nbjob",
    "run",
    "/jobs/n.ipynb",
    "--output-folder",
    "/jobs/out",
  ]);
  assert.equal(code, 78, stderr);
  assert.match(stderr, /pip install ipykernel/);
  assert.doesNotMatch(stderr, /process 1/);
});

test("with only a kernel there, a notebook runs as root and as a user whom nobody knows", async (t) => {
  if (!(await docker(t))) return;
  const image = await readmeImage();
  for (const user of ["0:0", "54321:54321"]) {
    const dir = await folder(t, { "n.ipynb": notebook(["import os; print('uid', os.getuid())"]) });
    await chmod(dir, 0o777);
    const { code, stdout, stderr } = await runContainer([
      "--user",
      user,
      "-v",
      `${dir}:/jobs`,
      image,
      "run",
      "/jobs/n.ipynb",
      "--output-folder",
      "/jobs/out",
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`uid ${user.split(":")[0]}`));
  }
});

test("with a root that cannot be written, no network and a /tmp that nothing may be executed from, a notebook runs", async (t) => {
  if (!(await docker(t))) return;
  const image = await readmeImage();
  const dir = await folder(t, { "n.ipynb": notebook(["print('ran')"]) });
  await chmod(dir, 0o777);
  const { code, stdout, stderr } = await runContainer([
    "--read-only",
    "--tmpfs",
    "/tmp",
    "--network",
    "none",
    "--user",
    "54321",
    "-v",
    `${dir}:/jobs:rw`,
    image,
    "run",
    "/jobs/n.ipynb",
    "--output-folder",
    "/jobs/out",
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /ran/);
});

test("docker stop ends it, as process 1 too, with its outputs published", async (t) => {
  if (!(await docker(t))) return;
  const image = await readmeImage();
  const dir = await folder(t, { "n.ipynb": notebook(["print('ready')\nimport time; time.sleep(600)"]) });
  const name = await startContainer(t, [
    "--entrypoint=nbjob",
    "-v",
    `${dir}:/jobs`,
    image,
    "run",
    "/jobs/n.ipynb",
    "--output-folder",
    "/jobs/out",
  ]);
  await containerPrinted(name, "ready");
  await runDocker(["stop", "-t", "30", name]);
  assert.equal((await runDocker(["wait", name])).stdout.trim(), "143");
  assert.equal((await json<RunRecord>(join(dir, "out/run.json"))).complete, true);
});

test("nothing is left of the addon that it unpacks, and NODE_OPTIONS stay the work's", async (t) => {
  if (!(await docker(t))) return;
  const image = await readmeImage();
  const dir = await folder(t, {
    "n.ipynb": notebook([
      "import os; print(os.environ['NODE_OPTIONS'], [f for f in os.listdir('/tmp') if 'nbjob-' in f and f.startswith('.')])",
    ]),
  });
  const { code, stdout, stderr } = await runContainer([
    "-e",
    "NODE_OPTIONS=--require=/not/there.js",
    "-v",
    `${dir}:/jobs`,
    image,
    "run",
    "/jobs/n.ipynb",
    "--output-folder",
    "/jobs/out",
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /--require=\/not\/there\.js \[\]/);
});
