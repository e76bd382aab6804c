import { createInterface } from "node:readline";
import { join } from "node:path";
import { execa } from "execa";
import { isRecord } from "../http/exchange.ts";

/** The oci command line, kept running. */
export interface OciSession extends AsyncDisposable {
  /** Runs a command and reads what it prints as JSON; a failure says what it wrote. */
  oci(...args: readonly string[]): Promise<Printed>;
}

/** What a command printed. */
export interface Printed {
  readonly text: string;
  /** What is in `data`, by names and indices. */
  at(...path: readonly (string | number)[]): unknown;
  /** The same, where it is a text. */
  textAt(...path: readonly (string | number)[]): string;
}

/** Starts the command line for some services. `python` is that of an environment that has it. */
export function ociSession(
  python: string,
  env: Readonly<Record<string, string>>,
  services: readonly string[],
): OciSession {
  const script = join(import.meta.dirname, "oci_session.py");
  const options = { env: { PATH: process.env.PATH ?? "", ...env }, extendEnv: false, buffer: false } as const;
  const child = execa(python, [script, ...services], { ...options, stdin: "pipe", stderr: "inherit", reject: false });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const oci = async (...args: readonly string[]): Promise<Printed> => {
    child.stdin.write(`${JSON.stringify(args)}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`The command line ended at: oci ${args.join(" ")}`);
    const reply: { readonly code: number; readonly said: string } = JSON.parse(value);
    if (reply.code !== 0) throw new Error(`oci ${args.join(" ")} ended with ${reply.code}: ${reply.said}`);
    return printedOf(reply.said.trim());
  };
  const end = async (): Promise<void> => {
    child.stdin.end();
    await child;
  };
  return { oci, [Symbol.asyncDispose]: end };
}

function printedOf(text: string): Printed {
  const printed: unknown = text.startsWith("{") ? JSON.parse(text) : {};
  const at: Printed["at"] = (...path) => {
    let value = isRecord(printed) ? printed.data : undefined;
    for (const step of path) {
      if (typeof step === "number") value = Array.isArray(value) ? value[step] : undefined;
      else value = isRecord(value) ? value[step] : undefined;
    }
    return value;
  };
  const textAt: Printed["textAt"] = (...path) => {
    const value = at(...path);
    if (typeof value !== "string") throw new Error(`There is no text at ${path.join(".")} in ${text}`);
    return value;
  };
  return { text, at, textAt };
}
