import type { Path } from "./yaml/node.ts";

/**
 * `parameters.epochs`, `arguments.0`, `inputs."data.csv"`: names between dots; one that holds a dot or an equals sign
 * stands in double quotes, where a backslash keeps the next character. Undefined where the text is no such path.
 */
export function readKeyPath(text: string): Path | undefined {
  const parts: string[] = [];
  const part = /(?:"((?:[^"\\]|\\.)*)"|([^."]+))(\.|$)/y;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    const name = match[1]?.replaceAll(/\\(.)/g, "$1") ?? match[2] ?? "";
    if (name === "" || name === "__proto__") return undefined;
    parts.push(name);
    if (match[3] === ".") {
      if (part.lastIndex === text.length) return undefined;
    }
  }
  return parts.length === 0 ? undefined : parts;
}
