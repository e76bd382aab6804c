import { NbjobError } from "../text/errors.ts";

/** @throws NbjobError `invalid-work` where `bytes` is known and above `maxBytes` */
export function refuseLarger(bytes: number | undefined, maxBytes: number | undefined, location: string): void {
  if (maxBytes !== undefined && bytes !== undefined && bytes > maxBytes) {
    throw new NbjobError("invalid-work", `${location} is larger than the ${formatBytes(maxBytes)} allowed here.`, {
      location,
    });
  }
}

/** `1.5 GiB`, `12 bytes`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}
