import assert from "node:assert/strict";
import { test } from "node:test";
import common from "oci-common";
import { endpointOf } from "../../src/oci/endpoints.ts";
import { regionOf } from "../../src/oci/regions.ts";

test("every region that the SDK knows is known, by name and by its three letters, with its realm's domain", () => {
  const known = common.Region.values();
  assert.ok(known.length > 50);
  for (const { regionId, regionCode, realm } of known) {
    const region = { id: regionId, domain: realm.secondLevelDomain };
    assert.deepEqual(regionOf(regionId), region);
    assert.deepEqual(regionOf(regionId.toUpperCase()), region);
    if (regionCode) assert.deepEqual(regionOf(` ${regionCode}\n`), region);
  }
});

test("a region newer than the list is taken at its word", () => {
  assert.deepEqual(regionOf("mars-north-1"), { id: "mars-north-1", domain: "oraclecloud.com" });
  assert.deepEqual(regionOf("mars-north-1", { OCI_DEFAULT_REALM: "oraclecloud99.com" }), {
    id: "mars-north-1",
    domain: "oraclecloud99.com",
  });
  const metadata = {
    realmKey: "OC99",
    realmDomainComponent: "mars.example",
    regionKey: "MRS",
    regionIdentifier: "mars-north-1",
  };
  for (const name of ["mars-north-1", "mrs"]) {
    // The three letters of a known region are that region's.
    const expected = name === "mrs" ? regionOf("eu-marseille-1") : { id: "mars-north-1", domain: "mars.example" };
    assert.deepEqual(regionOf(name, { OCI_REGION_METADATA: JSON.stringify(metadata) }), expected);
  }
  assert.equal(regionOf("venus-1", { OCI_REGION_METADATA: JSON.stringify(metadata) }).domain, "oraclecloud.com");
  assert.equal(regionOf("venus-1", { OCI_REGION_METADATA: "{" }).domain, "oraclecloud.com");
});

test("a service is reached where its region, or a setting, says", () => {
  const ashburn = regionOf("iad");
  assert.equal(endpointOf("objectstorage", ashburn, {}), "https://objectstorage.us-ashburn-1.oraclecloud.com");
  assert.equal(endpointOf("datascience", ashburn, {}), "https://datascience.us-ashburn-1.oci.oraclecloud.com");
  assert.equal(endpointOf("secrets", regionOf("lhr"), {}), "https://secrets.vaults.uk-london-1.oci.oraclecloud.com");
  const all = { NBJOB_OCI_ENDPOINT: "http://127.0.0.1:1234/" };
  assert.equal(endpointOf("auth", undefined, all), "http://127.0.0.1:1234");
  const one = { ...all, NBJOB_OCI_OBJECTSTORAGE_ENDPOINT: "https://private.example:8443/base/" };
  assert.equal(endpointOf("objectstorage", ashburn, one), "https://private.example:8443/base");
  assert.equal(endpointOf("identity", ashburn, one), "http://127.0.0.1:1234");
  assert.throws(() => endpointOf("objectstorage", ashburn, { NBJOB_OCI_ENDPOINT: "localhost" }), {
    reason: "environment",
  });
  assert.throws(() => endpointOf("objectstorage", undefined, {}), { reason: "environment" });
});
