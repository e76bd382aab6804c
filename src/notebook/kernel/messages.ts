/**
 * What the messages of each type hold, read leniently: a field that is missing or of another type becomes its empty value,
 * because kernels leave out more than "Messaging in Jupyter" allows.
 */
import type { Metadata, MimeBundle } from "../nbformat/types.ts";
import type { JsonObject, KernelInfo, Message } from "./connection.ts";
import { isJsonObject } from "./decode.ts";

/** A string field; empty where it is missing or no string. */
export function text(content: JsonObject, key: string): string {
  const value = content[key];
  return typeof value === "string" ? value : "";
}

/** An object field; `{}` where it is missing, null or no object. */
export function object(content: JsonObject, key: string): JsonObject {
  const value = content[key];
  return isJsonObject(value) ? value : {};
}

function strings(content: JsonObject, key: string): string[] {
  const value = content[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function count(content: JsonObject): number | null {
  const value = content.execution_count;
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}

/** `kernel_info_reply`. */
export function kernelInfo(content: JsonObject): KernelInfo {
  return {
    implementation: text(content, "implementation"),
    implementationVersion: text(content, "implementation_version"),
    protocolVersion: text(content, "protocol_version"),
    banner: text(content, "banner"),
    languageInfo: object(content, "language_info"),
    supportedFeatures: strings(content, "supported_features"),
  };
}

/** `stream`: everything that is not stderr counts as stdout. */
export function stream(content: JsonObject): { readonly name: "stdout" | "stderr"; readonly text: string } {
  return { name: content.name === "stderr" ? "stderr" : "stdout", text: text(content, "text") };
}

export interface Display {
  readonly data: MimeBundle;
  readonly metadata: Metadata;
  /** `transient.display_id`, by which later messages update this output. */
  readonly displayId: string | undefined;
  readonly executionCount: number | null;
}

/** `display_data`, `update_display_data` and `execute_result`. */
export function display(content: JsonObject): Display {
  const displayId = text(object(content, "transient"), "display_id");
  return {
    data: object(content, "data"),
    metadata: object(content, "metadata"),
    displayId: displayId === "" ? undefined : displayId,
    executionCount: count(content),
  };
}

export interface RaisedError {
  readonly ename: string;
  readonly evalue: string;
  /** Lines, with ANSI colours as the kernel gave them. */
  readonly traceback: readonly string[];
}

/** `error`, and an `execute_reply` of status error. */
export function raisedError(content: JsonObject): RaisedError {
  return { ename: text(content, "ename"), evalue: text(content, "evalue"), traceback: strings(content, "traceback") };
}

export interface ExecuteReply {
  readonly status: "ok" | "error" | "aborted";
  readonly executionCount: number | null;
  /** Set where the status is error. */
  readonly error: RaisedError | undefined;
  readonly payload: readonly JsonObject[];
}

/** `execute_reply`. A reply without status is an error where it names one, else ok; `abort` is an old word for aborted. */
export function executeReply(content: JsonObject): ExecuteReply {
  const failed = content.status === "error" || (content.status === undefined && typeof content.ename === "string");
  const aborted = content.status === "aborted" || content.status === "abort";
  const payload = Array.isArray(content.payload) ? content.payload.filter(isJsonObject) : [];
  return {
    status: failed ? "error" : aborted ? "aborted" : "ok",
    executionCount: count(content),
    error: failed ? raisedError(content) : undefined,
    payload,
  };
}

/** True for the kernel's word that it has done all it will do for this request. */
export function isIdle(message: Message): boolean {
  return message.header.msg_type === "status" && message.content.execution_state === "idle";
}
