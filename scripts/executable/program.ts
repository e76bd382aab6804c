import { Script } from "node:vm";

/** The program as scripts/bundle.ts wraps it for the executable. */
export type Program = (require: NodeJS.Require, module: { exports: unknown }, exports: unknown) => void;

/**
 * The program's script. Its source is ASCII, as esbuild writes it, and so decodes without a look at each byte.
 * A cache that another V8 made is refused by V8, and the script compiled instead.
 */
export function compile(source: Buffer, cachedData: Buffer | undefined): Script {
  return new Script(source.toString("latin1"), {
    filename: "nbjob.cjs",
    ...(cachedData === undefined ? {} : { cachedData }),
  });
}

/** Runs it; `process.argv` holds its arguments. */
export function start(source: Buffer, cachedData: Buffer | undefined, require: NodeJS.Require): Script {
  const script = compile(source, cachedData);
  // The script is one function expression: the bundle's banner and footer make it so.
  const program = script.runInThisContext() as Program;
  const module = { exports: {} };
  program(require, module, module.exports);
  return script;
}
