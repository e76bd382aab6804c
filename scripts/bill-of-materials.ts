import { programVersion } from "./bundle.ts";
import type { BundledPackage } from "./licences.ts";

/** CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json/. Only what is used here. */
export interface BillOfMaterials {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly version: 1;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

export interface Component {
  readonly type: "application" | "library";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly expression: string }[];
}

/** What the executable is made of: Node, and the packages in the bundle. Holds no time, so that equal builds are equal. */
export async function billOfMaterials(packages: readonly BundledPackage[]): Promise<BillOfMaterials> {
  const node = process.versions.node;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: component("application", "nbjob", await programVersion(), "pkg:npm/nbjob", "Apache-2.0"),
    },
    components: [
      component("application", "node", node, "pkg:generic/node", "MIT"),
      ...packages.map(({ name, version, license }) =>
        component("library", name, version, `pkg:npm/${name.replace("@", "%40")}`, license),
      ),
    ],
  };
}

function component(type: Component["type"], name: string, version: string, at: string, expression: string): Component {
  const purl = `${at}@${version}`;
  return { type, "bom-ref": purl, name, version, purl, licenses: [{ expression }] };
}
