import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Calls a function of a Python file with words of a command line, as ADS does: `--name value` is a keyword argument, a bare
 * `--name` one that is None, the rest are positional.
 */
const launcher = `import importlib.util
import sys

path, name, *words = sys.argv[1:]
sys.argv = [path, *words]
spec = importlib.util.spec_from_file_location("module", path)
module = importlib.util.module_from_spec(spec)
sys.modules["module"] = module
spec.loader.exec_module(module)
positional, named, key = [], {}, None
for word in words:
    if word.startswith("--") and len(word) > 2:
        key = word[2:]
        named[key] = None
    elif key is not None:
        named[key] = word
        key = None
    else:
        positional.append(word)
getattr(module, name)(*positional, **named)
`;

/** The program and its arguments that call a function of a Python file. */
export async function callOf(
  folder: string,
  { path, entryFunction, words }: { path: string; entryFunction: string; words: readonly string[] },
): Promise<{ readonly path: string; readonly arguments: readonly string[] }> {
  const program = join(folder, "call.py");
  await writeFile(program, launcher);
  return { path: program, arguments: [path, entryFunction, ...words] };
}
