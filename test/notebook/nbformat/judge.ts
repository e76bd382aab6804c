/** Python's nbformat as judge: what it makes of notebooks, many at a time. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { execa } from "execa";
import { venvOrSkip } from "../../support/venv.ts";

const rewrite = `
import io, json, os, sys, warnings
import nbformat
warnings.simplefilter("ignore")
source, target = sys.argv[1:]
for name in sorted(os.listdir(source)):
    with open(os.path.join(source, name), encoding="utf-8-sig") as file:
        notebook = nbformat.read(file, as_version=4)
    if notebook.nbformat_minor < 5:
        notebook = nbformat.v4.upgrade(notebook)
    text = io.StringIO()
    nbformat.write(notebook, text)
    with open(os.path.join(target, name), "wb") as file:
        file.write(text.getvalue().encode("utf-8", "surrogatepass"))
`;

const validate = `
import json, os, sys, warnings
import nbformat
warnings.simplefilter("error")
source, target = sys.argv[1:]
for name in sorted(os.listdir(source)):
    fault = ""
    try:
        with open(os.path.join(source, name), encoding="utf-8") as file:
            nbformat.validate(json.load(file))
    except Exception as error:
        fault = type(error).__name__ + ": " + str(error)
    with open(os.path.join(target, name), "w") as file:
        file.write(fault)
`;

/** Each notebook as nbformat reads it, upgrades it to 4.5 and writes it; undefined where the test was skipped. */
export async function rewriteWithNbformat(
  t: TestContext,
  notebooks: readonly Uint8Array[],
): Promise<Buffer[] | undefined> {
  return ask(t, rewrite, notebooks);
}

/** What nbformat's validation finds in each file; empty for nothing. Ids that are missing or double count. */
export async function validateWithNbformat(
  t: TestContext,
  notebooks: readonly Uint8Array[],
): Promise<string[] | undefined> {
  return (await ask(t, validate, notebooks))?.map(String);
}

async function ask(t: TestContext, script: string, files: readonly Uint8Array[]): Promise<Buffer[] | undefined> {
  const python = await venvOrSkip(t, "nbformat");
  if (python === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "nbformat-"));
  try {
    const [source, target] = [join(folder, "source"), join(folder, "target")];
    await mkdir(source);
    await mkdir(target);
    const names = files.map((_, index) => `${String(index).padStart(6, "0")}.ipynb`);
    await Promise.all(names.map((name, index) => writeFile(join(source, name), files[index] ?? "")));
    await execa(python, ["-c", script, source, target]);
    return await Promise.all(names.map((name) => readFile(join(target, name))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
