import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { resumingBody } from "../../../src/storage/stores/resuming-body.ts";

class Broken extends Error {}

/** The bytes from `start`, cut off with an error after `length` of them. */
async function* cut(bytes: Uint8Array, start: number, length: number, chunk: number): AsyncGenerator<Uint8Array> {
  const end = Math.min(bytes.length, start + length);
  for (let at = start; at < end; at += chunk) yield bytes.subarray(at, Math.min(at + chunk, end));
  if (end < bytes.length) throw new Broken();
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
const breaks = fc.array(fc.tuple(fc.nat(120), fc.boolean()), { maxLength: 8 });
const changed = (): Error => new Error("changed");

test("however often it breaks, and wherever the server starts again, the bytes come out whole", async () => {
  await fc.assert(
    fc.asyncProperty(bytes, breaks, fc.integer({ min: 1, max: 40 }), async (body, plan, chunk) => {
      const left = [...plan];
      const first = left.shift();
      const whole = resumingBody({
        first: { start: 0, chunks: cut(body, 0, first?.[0] ?? body.length, chunk) },
        changed,
        resume: async (start) => {
          const [length, fromStart] = left.shift() ?? [body.length, false];
          const from = fromStart ? 0 : start;
          return { start: from, chunks: cut(body, from, length, chunk) };
        },
      });
      assert.deepEqual(await collect(whole), Buffer.from(body));
    }),
  );
});

test("a body that comes again with other bytes is not passed off as the first one", async () => {
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(), async (body, where) => {
      const at = where % body.length;
      const other = Uint8Array.from(body);
      other[at] = (other[at] ?? 0) ^ 1;
      const whole = resumingBody({
        first: { start: 0, chunks: cut(body, 0, at + 1, 7) },
        changed,
        resume: async (_start, error) => {
          if (!(error instanceof Broken)) throw error;
          return { start: 0, chunks: cut(other, 0, other.length, 5) };
        },
      });
      // Nothing to compare where the first body did not break.
      if (at + 1 < body.length) await assert.rejects(collect(whole), { message: "changed" });
    }),
  );
});

test("a body that comes again shorter is refused", async () => {
  const body = Buffer.from("0123456789");
  const whole = resumingBody({
    first: { start: 0, chunks: cut(body, 0, 6, 2) },
    changed,
    resume: async (_start, error) => {
      if (!(error instanceof Broken)) throw error;
      return { start: 0, chunks: cut(body.subarray(0, 4), 0, 4, 2) };
    },
  });
  await assert.rejects(collect(whole), { message: "changed" });
});
