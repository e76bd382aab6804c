import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite, test } from "node:test";
import { kernelFolders, prefixOf, pythonPrefixes } from "../../../src/notebook/kernel/places.ts";
import { venvOrSkip } from "../../support/venv.ts";

const root = mkdtempSync(join(tmpdir(), "places-"));
process.on("exit", () => rmSync(root, { recursive: true }));

function folder(...parts: readonly string[]): string {
  const path = join(root, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

await suite("the search path of kernels", () => {
  const home = folder("home");
  const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "nothing set": {},
    "user before environment": { JUPYTER_PREFER_ENV_PATH: "0" },
    "environment before user": { JUPYTER_PREFER_ENV_PATH: "yes" },
    "an empty wish": { JUPYTER_PREFER_ENV_PATH: "" },
    "a path of one's own": { JUPYTER_PATH: "/one:/two" },
    "a data folder": { JUPYTER_DATA_DIR: "/data", JUPYTER_PREFER_ENV_PATH: "0" },
    "XDG's data folder": { XDG_DATA_HOME: "/xdg" },
    "IPython's folder": { IPYTHONDIR: folder("ipython") },
    "a user base, which a venv does not see": { PYTHONUSERBASE: "/base" },
    "no user site": { PYTHONNOUSERSITE: "1", PYTHONUSERBASE: "/base" },
    "an active conda environment": { CONDA_PREFIX: "/elsewhere", CONDA_DEFAULT_ENV: "elsewhere" },
  };
  for (const [name, variables] of Object.entries(cases))
    test(`is Jupyter's own: ${name}`, async (t) => {
      const python = await venvOrSkip(t, "kernels");
      if (python === undefined) return;
      const env = { PATH: `${dirname(python)}:/usr/bin:/bin`, HOME: home, ...variables };
      const program =
        "import json, jupyter_client.kernelspec as k; print(json.dumps(k.KernelSpecManager().kernel_dirs))";
      const expected: unknown = JSON.parse(execFileSync(python, ["-c", program], { env, encoding: "utf8" }));
      // An active environment whose Python is not the first on PATH is searched after it, which Jupyter does not do.
      const ours = kernelFolders({ env }).filter((path) => !path.startsWith("/elsewhere/"));
      assert.deepEqual(ours, expected);
    });

  test("begins with environments that are given", () => {
    const env = { PATH: "", HOME: home, JUPYTER_PATH: "/one" };
    assert.deepEqual(kernelFolders({ env, prefixes: ["/env"] }).slice(0, 2), [
      "/env/share/jupyter/kernels",
      "/one/kernels",
    ]);
  });
});

await suite("the environment of a Python", () => {
  test("is that of its link's target", () => {
    folder("real", "bin");
    writeFileSync(join(root, "real", "bin", "python3.12"), "");
    symlinkSync("../../real/bin/python3.12", join(folder("links", "bin"), "python3"));
    assert.equal(prefixOf(join(root, "links", "bin", "python3")), join(root, "real"));
  });

  test("is a venv's own folder, where the link must not be followed", () => {
    symlinkSync(join(root, "real", "bin", "python3.12"), join(folder("venv", "bin"), "python3"));
    writeFileSync(join(root, "venv", "pyvenv.cfg"), "include-system-site-packages = false\n");
    const env = { PATH: `relative:${join(root, "venv", "bin")}:/usr/bin`, HOME: root };
    assert.deepEqual(pythonPrefixes({ env }), [join(root, "venv")]);
  });

  test("may be several, each once", () => {
    const env = { PATH: join(root, "venv", "bin"), VIRTUAL_ENV: join(root, "venv"), CONDA_PREFIX: "/conda" };
    assert.deepEqual(pythonPrefixes({ env, prefixes: ["/given"] }), ["/given", join(root, "venv"), "/conda"]);
  });
});
