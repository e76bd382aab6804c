import { NbjobError } from "../../text/errors.ts";
import { assignIds, randomId, type NewId } from "./cell-ids.ts";
import { Faults, isObject, type JsonObject } from "./faults.ts";
import { JsonSyntaxError, parseJson } from "./json-reader.ts";
import { readCell } from "./read-cell.ts";
import { readMetadata } from "./read-metadata.ts";
import type { Cell, Json, Notebook } from "./types.ts";
import { upgradeOld, type PlacedCell } from "./upgrade.ts";

export interface ReadOptions {
  /** Makes ids for cells that have none. */
  readonly newId?: NewId;
  /** Told of what was repaired, a sentence each. */
  readonly warn?: (message: string) => void;
}

/** What reading a part of a notebook needs to know. */
export interface Reading {
  readonly faults: Faults;
  readonly warn: (message: string) => void;
  /** The notebook is of a minor version that is not known yet: what nobody expected in it stays. */
  readonly newer: boolean;
}

/** Bytes of the largest notebook that is read: no text in it can be longer than Node's strings. One that people wrote is far smaller. */
export const largestNotebook = 512 * 2 ** 20;

/** The minor version that is written. */
const minorVersion = 5;

/**
 * Reads a notebook of nbformat 4, 3 or 2 as nbformat 4.5, upgraded as Python's nbformat does it; one of an unknown
 * later minor version keeps that. Valid cell ids stay, others are made.
 *
 * What is missing or of the wrong kind is a fault. What is merely too much (a property that no cell has, a repeated
 * tag) is left out, with a warning.
 * @param bytes the file
 * @param location where it is from, for messages
 * @throws {NbjobError} `invalid-work`; its problems carry line and column, or the JSON path of each fault as `key`
 */
export function readNotebook(bytes: Uint8Array, location: string, options: ReadOptions = {}): Notebook {
  const faults = new Faults(location);
  const document = parseDocument(bytes, location);
  const version = readVersion(document, faults, location);
  const reading: Reading = {
    faults,
    warn: options.warn ?? (() => undefined),
    newer: version.major === 4 && version.minor > minorVersion,
  };
  const metadata = readMetadata(document["metadata"], reading, version.major);
  const placed = version.major === 4 ? placeCells(document, faults) : upgradeOld(document, version.major, faults);
  faults.check();
  const cells = placed.map(({ cell, path }) => readCell(cell, path, reading)).filter((cell): cell is Cell => !!cell);
  faults.check();
  assignIds(cells, options.newId ?? randomId);
  return { nbformat: 4, nbformat_minor: Math.max(version.minor, minorVersion), metadata, cells };
}

function parseDocument(bytes: Uint8Array, location: string): JsonObject {
  let document: Json;
  try {
    document = parseJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column } = error;
    const message = `The notebook is not JSON: ${error.message} (line ${line}, column ${column})`;
    throw new NbjobError("invalid-work", message, { location, problems: [{ message, line, column }], cause: error });
  }
  if (isObject(document)) return document;
  const message = "The notebook is JSON, but not an object";
  throw new NbjobError("invalid-work", message, { location, problems: [{ message, key: "$" }] });
}

interface Version {
  readonly major: 2 | 3 | 4;
  readonly minor: number;
}

function readVersion(document: JsonObject, faults: Faults, location: string): Version {
  const { nbformat: major, nbformat_minor: minor } = document;
  if (typeof major !== "number" || !Number.isInteger(major)) {
    faults.add("$.nbformat", major, "a whole number");
    faults.check();
  }
  if (major !== 2 && major !== 3 && major !== 4) {
    const message = `The notebook is of nbformat ${Number(major)}; 2, 3 and 4 can be read`;
    const remedy = Number(major) > 4 ? "Save it as nbformat 4." : "Open it in a newer Jupyter and save it.";
    throw new NbjobError("invalid-work", message, { location, problems: [{ message, key: "$.nbformat" }], remedy });
  }
  // Versions 2 and 3 were read without one.
  if (major !== 4) return { major, minor: 0 };
  if (typeof minor === "number" && Number.isInteger(minor) && minor >= 0) return { major, minor };
  faults.add("$.nbformat_minor", minor, "a whole number");
  return { major, minor: 0 };
}

function placeCells(document: JsonObject, faults: Faults): PlacedCell[] {
  return (faults.list("$.cells", document["cells"]) ?? []).flatMap((raw, index) => {
    const path = `$.cells[${index}]`;
    const cell = faults.object(path, raw);
    return cell ? [{ cell, path }] : [];
  });
}
