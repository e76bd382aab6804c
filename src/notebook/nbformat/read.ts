import { randomBytes } from "node:crypto";
import { NbjobError, type Problem } from "../../text/errors.ts";
import type { Cell, CodeCell, Json, Metadata, MimeBundle, Notebook, Output } from "./types.ts";

/**
 * A notebook from the bytes of its file.
 * @throws NbjobError `invalid-work` with the JSON path of each fault.
 */
export function readNotebook(bytes: Uint8Array, location: string): Notebook {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new NbjobError("invalid-work", `${location} is not a notebook: it is not JSON.`, { location, cause: error });
  }
  const problems: Problem[] = [];
  const fault = (path: string, message: string) => void problems.push({ key: path, message });
  const root = isObject(document) ? document : {};
  if (!isObject(document)) fault("$", "It is not an object.");
  if (root["nbformat"] !== 4) fault("$.nbformat", "It is not 4.");
  if (!Array.isArray(root["cells"])) fault("$.cells", "It is not a list.");
  const cells = Array.isArray(root["cells"])
    ? root["cells"].map((cell: unknown, index) => readCell(cell, `$.cells[${index}]`, fault))
    : [];
  if (problems.length > 0)
    throw new NbjobError("invalid-work", `${location} is not a valid notebook.`, { location, problems });
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: isObject(root["metadata"]) ? (root["metadata"] as Metadata) : {},
    cells: cells.filter((cell) => cell !== undefined),
  };
}

function readCell(cell: unknown, path: string, fault: (path: string, message: string) => void): Cell | undefined {
  if (!isObject(cell)) return void fault(path, "It is not an object.");
  const id = typeof cell["id"] === "string" ? cell["id"] : randomBytes(4).toString("hex");
  const metadata = isObject(cell["metadata"]) ? (cell["metadata"] as Metadata) : {};
  const source = joined(cell["source"]);
  switch (cell["cell_type"]) {
    case "code": {
      const outputs = Array.isArray(cell["outputs"]) ? cell["outputs"].map((output) => readOutput(output as Json)) : [];
      const made: CodeCell = { cell_type: "code", id, metadata, source, outputs, execution_count: null };
      return made;
    }
    case "markdown":
    case "raw":
      return {
        cell_type: cell["cell_type"],
        id,
        metadata,
        source,
        ...(isObject(cell["attachments"])
          ? { attachments: cell["attachments"] as { [name: string]: MimeBundle } }
          : {}),
      };
    default:
      return void fault(`${path}.cell_type`, "It is no cell type.");
  }
}

function readOutput(output: Json): Output {
  return output as unknown as Output;
}

function joined(value: unknown): string {
  return Array.isArray(value) ? value.join("") : typeof value === "string" ? value : "";
}

function isObject(value: unknown): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
