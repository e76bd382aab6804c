import { readdir, readFile } from "node:fs/promises";
import { root } from "./bundle.ts";

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** From the repository's root. */
  readonly folder: string;
}

/** The packages that any of these files belong to, by name. */
export async function packagesOf(inputs: readonly string[]): Promise<readonly BundledPackage[]> {
  const folders = new Set(
    inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/(?!node_modules\/)/.exec(path)?.[1] ?? []),
  );
  const packages = [...folders].toSorted().map(async (folder) => {
    // npm's own manifests: name, version and license are texts.
    const manifest = JSON.parse(await readFile(new URL(`${folder}/package.json`, root), "utf8")) as Omit<
      BundledPackage,
      "folder"
    >;
    return { name: manifest.name, version: manifest.version, license: manifest.license, folder };
  });
  return Promise.all(packages);
}

/** Each package with the licence that it comes under. */
export async function licenceTexts(packages: readonly BundledPackage[]): Promise<string> {
  const texts = packages.map(async ({ name, version, license, folder }) => {
    const files = (await readdir(new URL(folder, root))).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const contents = await Promise.all(files.map((file) => readFile(new URL(`${folder}/${file}`, root), "utf8")));
    return [`${name} ${version} (${license})`, ...contents.map((text) => text.trim())].join("\n\n");
  });
  return `${(await Promise.all(texts)).join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
