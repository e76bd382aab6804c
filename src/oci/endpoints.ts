import { NbjobError } from "../text/errors.ts";
import type { Region } from "./regions.ts";

/** The services nbjob speaks to, and the first part of their hosts' names. */
const hosts = {
  objectstorage: (region: Region) => `objectstorage.${region.id}.${region.domain}`,
  auth: (region: Region) => `auth.${region.id}.${region.domain}`,
  identity: (region: Region) => `identity.${region.id}.oci.${region.domain}`,
  datascience: (region: Region) => `datascience.${region.id}.oci.${region.domain}`,
  dataintegration: (region: Region) => `dataintegration.${region.id}.oci.${region.domain}`,
  limits: (region: Region) => `limits.${region.id}.oci.${region.domain}`,
  logging: (region: Region) => `logging.${region.id}.oci.${region.domain}`,
  loggingsearch: (region: Region) => `logging.${region.id}.oci.${region.domain}`,
  secrets: (region: Region) => `secrets.vaults.${region.id}.oci.${region.domain}`,
} satisfies Readonly<Record<string, (region: Region) => string>>;

export type Service = keyof typeof hosts;

/**
 * Where a service is reached, without a slash at the end: `NBJOB_OCI_<SERVICE>_ENDPOINT`, else `NBJOB_OCI_ENDPOINT`, else
 * the region's own.
 *
 * @throws NbjobError `environment` for an endpoint that is no URL, or where no region is known
 */
export function endpointOf(
  service: Service,
  region: Region | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  for (const name of [`NBJOB_OCI_${service.toUpperCase()}_ENDPOINT`, "NBJOB_OCI_ENDPOINT"]) {
    const value = env[name];
    if (value === undefined || value === "") continue;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
      throw new NbjobError("environment", `${name} is not an http:// or https:// address.`);
    }
    return url.href.replace(/\/+$/, "");
  }
  if (region === undefined) {
    throw new NbjobError("environment", "No OCI region is known.", {
      remedy: "Set OCI_REGION, as in OCI_REGION=us-ashburn-1, or region= in the profile of ~/.oci/config.",
    });
  }
  return `https://${hosts[service](region)}`;
}
