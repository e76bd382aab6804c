import { asFolder, type Location, parseLocation } from "../storage/location.ts";
import { NbjobError, type Problem } from "../text/errors.ts";
import { expand, type Variables } from "./expand.ts";
import { toText } from "./plain.ts";
import { type Node, nodeAt, type Path, pathText, placeAt } from "./yaml/node.ts";

export interface ReaderContext {
  readonly root: Node;
  readonly variables: Variables;
  /** What relative locations in the document start from. */
  readonly baseFolder: Location;
  /** What relative locations given by a flag start from. */
  readonly workingFolder: Location;
}

/** Reads values by their paths from the tree, where they still are as written. */
export interface Reader {
  /** `at` counts the characters of the value's text, from 0, to what is wrong in it. */
  readonly complain: (path: Path, message: string, remedy?: string, at?: number) => void;
  /** The scalar's text as written, so that 1.10 stays 1.10. */
  readonly text: (path: Path) => string;
  /** The scalar's text with variables expanded; undefined where that failed, which is then a problem. */
  readonly expanded: (path: Path) => string | undefined;
  readonly location: (path: Path, options?: { readonly folder?: boolean }) => Location | undefined;
}

/** Every problem goes to `problems`, at the place of its value. */
export function makeReader(context: ReaderContext, problems: Problem[]): Reader {
  const complain: Reader["complain"] = (path, message, remedy, at) => {
    const place = placeAt(context.root, path);
    problems.push({
      ...place,
      ...(place.column === undefined || at === undefined ? {} : { column: place.column + at + quote(path) }),
      key: pathText(path),
      message,
      ...(remedy === undefined ? {} : { remedy }),
    });
  };
  const quote = (path: Path): number => {
    const node = nodeAt(context.root, path);
    return node?.kind === "scalar" && !node.plain ? 1 : 0;
  };
  const text: Reader["text"] = (path) => toText(nodeAt(context.root, path));
  const expanded: Reader["expanded"] = (path) => {
    const result = expand(text(path), context.variables);
    if ("text" in result) return result.text;
    const key = pathText(path);
    if ("malformed" in result) {
      complain(path, `${key} holds a \${ that is not the start of \${NAME}.`, "Write $$ for a dollar.");
      return undefined;
    }
    for (const name of result.unknown) {
      complain(
        path,
        `${key} names \${${name}}, which is not set.`,
        `Set ${name} in the run's environment, or write $\${${name}} for the text itself.`,
      );
    }
    return undefined;
  };
  const location: Reader["location"] = (path, options = {}) => {
    const node = nodeAt(context.root, path);
    if (node === undefined) return undefined;
    const value = expanded(path);
    if (value === undefined) return undefined;
    try {
      const baseFolder = node.place.origin === undefined ? context.baseFolder : context.workingFolder;
      const home = context.variables["HOME"];
      const parsed = parseLocation(value, { baseFolder, ...(home === undefined ? {} : { home }) });
      return options.folder === true ? asFolder(parsed) : parsed;
    } catch (error) {
      if (!(error instanceof NbjobError)) throw error;
      // As it is written, not as it is expanded: a variable may hold a secret.
      complain(path, `${pathText(path)}: ${error.message.replaceAll(value, text(path))}`, error.remedy);
      return undefined;
    }
  };
  return { complain, text, expanded, location };
}
