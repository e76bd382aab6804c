import { at, isObject, type JsonObject } from "./faults.ts";
import type { Reading } from "./read.ts";
import type { Json, Metadata } from "./types.ts";

/** Keys that are never in a file of version 4.5; the last two were there before it. */
const transient = ["orig_nbformat", "orig_nbformat_minor", "signature"];

/** A notebook's metadata. Unknown keys stay as they are. */
export function readMetadata(value: Json | undefined, reading: Reading, major: number): Metadata {
  const path = "$.metadata";
  const metadata = { ...reading.faults.object(path, value) };
  for (const key of major === 4 ? transient : [...transient, "name"]) delete metadata[key];
  const { kernelspec, language_info: languageInfo } = metadata;
  if (isObject(kernelspec) && typeof kernelspec["name"] === "string") {
    if (typeof kernelspec["display_name"] !== "string") {
      metadata["kernelspec"] = { ...kernelspec, display_name: kernelspec["name"] };
    }
  } else drop(metadata, "kernelspec", path, reading);
  keepIf(metadata, "language_info", isLanguageInfo(languageInfo), path, reading);
  keepIf(metadata, "title", typeof metadata["title"] === "string", path, reading);
  keepIf(metadata, "authors", Array.isArray(metadata["authors"]), path, reading);
  return metadata;
}

function isLanguageInfo(value: Json | undefined): boolean {
  if (!isObject(value) || typeof value["name"] !== "string") return false;
  const mode = value["codemirror_mode"];
  return (
    (mode === undefined || typeof mode === "string" || isObject(mode)) &&
    ["file_extension", "mimetype", "pygments_lexer"].every((key) => isTextOrNone(value[key]))
  );
}

function isTextOrNone(value: Json | undefined): boolean {
  return value === undefined || typeof value === "string";
}

/** A cell's metadata. */
export function readCellMetadata(value: Json | undefined, path: string, type: string, reading: Reading): Metadata {
  const metadata = { ...reading.faults.object(path, value) };
  delete metadata["trusted"];
  const { name, jupyter } = metadata;
  keepIf(metadata, "name", typeof name === "string" && /./.test(name), path, reading);
  keepIf(metadata, "jupyter", isObject(jupyter), path, reading);
  if (metadata["tags"] !== undefined) metadata["tags"] = readTags(metadata["tags"], at(path, "tags"), reading);
  if (type === "raw") keepIf(metadata, "format", typeof metadata["format"] === "string", path, reading);
  if (type === "code") readCodeMetadata(metadata, path, reading);
  return metadata;
}

function readCodeMetadata(metadata: Metadata, path: string, reading: Reading): void {
  const { execution, scrolled } = metadata;
  keepIf(metadata, "collapsed", typeof metadata["collapsed"] === "boolean", path, reading);
  keepIf(metadata, "scrolled", typeof scrolled === "boolean" || scrolled === "auto", path, reading);
  const timings = isObject(execution) && Object.values(execution).every((time) => typeof time === "string");
  keepIf(metadata, "execution", timings, path, reading);
}

/** Tags decide what runs, so that a wrong one is a fault; a repeated one is not. */
function readTags(value: Json, path: string, reading: Reading): string[] {
  const tags = reading.faults.texts(path, value);
  for (const [index, tag] of tags.entries()) {
    if (tag === "" || tag.includes(",")) reading.faults.add(`${path}[${index}]`, tag, "a tag without a comma");
  }
  const once = [...new Set(tags)];
  if (once.length < tags.length) reading.warn(`${path} names a tag twice; it is kept once`);
  return once;
}

function keepIf(metadata: JsonObject, key: string, valid: boolean, path: string, reading: Reading): void {
  if (!valid) drop(metadata, key, path, reading);
}

/** Leaves out what no reader of notebooks would accept, nor any misses. */
function drop(metadata: JsonObject, key: string, path: string, { warn }: Reading): void {
  if (metadata[key] === undefined) return;
  delete metadata[key];
  warn(`${at(path, key)} is not what nbformat 4.5 allows; it is left out`);
}
