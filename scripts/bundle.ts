/** The program as one minified script, the same for every way of shipping it but for how ZeroMQ's addon is found. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";

export const root = new URL("../", import.meta.url);

/** @throws {Error} where package.json has none. */
export async function programVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  throw new Error("package.json has no version");
}

/** What differs between the ways of shipping: all paths from the repository's root. */
export interface Shipping {
  readonly outfile: string;
  /** The module that stands in for zeromq's own loader, which wants the package's whole folder. */
  readonly addonLoader: string;
  /** What `import.meta.url` becomes: an expression that the banner defines. */
  readonly programUrl: string;
  readonly banner: string;
  readonly footer?: string;
  readonly legalComments: NonNullable<BuildOptions["legalComments"]>;
}

export async function bundle(shipping: Shipping): Promise<Metafile> {
  const { outfile, addonLoader, programUrl, banner, footer = "", legalComments } = shipping;
  const ownAddonLoader: Plugin = {
    name: "own-addon-loader",
    setup(builder) {
      builder.onResolve({ filter: /\/load-addon$/ }, () => ({ path: fileURLToPath(new URL(addonLoader, root)) }));
    },
  };
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: ["src/cli.ts"],
    outfile,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: "node",
    target: "node22.18",
    // CommonJS, where each part requires what it needs when it is first used, while an ES module's imports of Node's
    // own modules are all loaded at the start.
    format: "cjs",
    legalComments,
    plugins: [ownAddonLoader],
    define: { NBJOB_VERSION: JSON.stringify(await programVersion()), "import.meta.url": programUrl },
    banner: { js: banner },
    footer: { js: footer },
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
}
