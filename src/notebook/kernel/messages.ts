/** What the messages of each type hold, read leniently: a field that is missing or of another type becomes its empty value. */
import type { JsonObject, KernelInfo } from "./connection.ts";

/** `kernel_info_reply`. */
export function kernelInfo(content: JsonObject): KernelInfo {
  const features = content.supported_features;
  return {
    implementation: text(content, "implementation"),
    implementationVersion: text(content, "implementation_version"),
    protocolVersion: text(content, "protocol_version"),
    banner: text(content, "banner"),
    languageInfo: object(content, "language_info"),
    supportedFeatures: Array.isArray(features) ? features.filter((item) => typeof item === "string") : [],
  };
}

/** A string field; empty where it is missing or none. */
export function text(content: JsonObject, key: string): string {
  const value = content[key];
  return typeof value === "string" ? value : "";
}

/** An object field; `{}` where it is missing, null or none. */
export function object(content: JsonObject, key: string): JsonObject {
  const value = content[key];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  // A RawNumber is an object too, but has no place where an object is expected; its one string field does no harm.
  return value as JsonObject;
}
