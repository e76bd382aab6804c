import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfigFile } from "../../src/oci/auth/config-file.ts";

const text = `\ufeff# a comment
[DEFAULT]
user=ocid1.user
Tenancy = ocid1.tenancy
pass_phrase = a=b ; c # d
region: us-ashburn-1\r

[ OTHER ]
; another
region=eu-frankfurt-1
[DEFAULT]
fingerprint=aa:bb
`;

test("a profile has its own keys, and DEFAULT's where it has none", () => {
  assert.deepEqual(parseConfigFile(text, "DEFAULT", "config"), {
    user: "ocid1.user",
    tenancy: "ocid1.tenancy",
    pass_phrase: "a=b ; c # d",
    region: "us-ashburn-1",
    fingerprint: "aa:bb",
  });
  const other = parseConfigFile(text, "OTHER", "config");
  assert.equal(other["region"], "eu-frankfurt-1");
  assert.equal(other["user"], "ocid1.user");
});

test("a profile that is not there is named, with those that are", () => {
  assert.throws(() => parseConfigFile(text, "NOPE", "config"), {
    reason: "environment",
    remedy: "It has DEFAULT, OTHER.",
  });
  assert.throws(() => parseConfigFile("", "DEFAULT", "config"), { reason: "environment" });
});
