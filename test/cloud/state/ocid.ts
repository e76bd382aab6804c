import { randomBytes } from "node:crypto";

/** A new identifier of the form that OCI gives its regional things. */
export function newOcid(kind: string, regionKey: string): string {
  return `ocid1.${kind}.oc1.${regionKey}.amaaaaaa${randomBytes(26).toString("hex")}`;
}
