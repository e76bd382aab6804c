import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A Python process that evaluates cells, one after the other. */
export interface Evaluator {
  /** What the request's code binds, by name; rejects with Python's exception. */
  evaluate(request: Readonly<Record<string, unknown>>): Promise<unknown>;
  end(): Promise<void>;
}

export function startEvaluator(python: string, cwd: string): Evaluator {
  const child = spawn(python, [join(import.meta.dirname, "evaluate.py")], { cwd, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    async evaluate(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      assert.ok(done !== true, "Python ended");
      const reply: unknown = JSON.parse(value);
      assert.ok(typeof reply === "object" && reply !== null);
      if ("error" in reply) throw new Error(`${String(reply.error)} in ${JSON.stringify(request)}`);
      return "bound" in reply ? reply.bound : undefined;
    },
    async end() {
      child.stdin.end();
      await closed;
    },
  };
}
