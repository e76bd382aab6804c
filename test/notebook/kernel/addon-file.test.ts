import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { addonBuilds, addonFile, addonName, thisTarget } from "../../../src/notebook/kernel/addon-file.ts";

await suite("ZeroMQ's addon", () => {
  test("is found for this machine, and for every other in the package", () => {
    assert.match(addonFile(), /addon\.node$/);
    for (const target of addonBuilds) assert.match(addonFile(target), /addon\.node$/);
    assert.ok(addonBuilds.some((target) => addonName(target) === addonName(thisTarget())));
  });

  test("is said to be missing where it is", () => {
    assert.throws(() => addonFile({ platform: "aix", arch: "ppc64", libc: undefined }), /aix-ppc64\.node/);
  });
});
