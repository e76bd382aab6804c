import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "../http/refusal.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Fault, Side } from "./fault.ts";

type Chunks<T extends Uint8Array> = AsyncIterable<T>;

/** What faults do to one exchange, at the places where an exchange lets them. */
export interface Disturbance {
  /** Whether response bodies must pass through {@link Disturbance.outgoing}. */
  readonly disturbsBodies: boolean;
  incoming(chunks: Chunks<Buffer>, length: number): Chunks<Buffer>;
  outgoing(chunks: Chunks<Uint8Array>, length: number): Chunks<Uint8Array>;
  /** Called when the work is done and before the answer is sent; throws what the client gets instead. */
  beforeAnswer(exchange: Exchange): Promise<void>;
}

export const noDisturbance: Disturbance = {
  disturbsBodies: false,
  incoming: (chunks) => chunks,
  outgoing: (chunks) => chunks,
  beforeAnswer: () => Promise.resolve(),
};

/** Ends the exchange by resetting its connection, without a word. */
export class ConnectionReset extends Error {
  override readonly name = "ConnectionReset";
}

/** The disturbance that these faults make together, the first one closest to the bytes. */
export function disturbanceOf(exchange: Exchange): Disturbance {
  const { faults, method } = exchange;
  const disturb = <T extends Uint8Array>(chunks: Chunks<T>, length: number, side: Side): Chunks<T> =>
    disturbed(exchange, chunks, length, side);
  let afterCommit = faults.find((fault) => fault.kind === "error-after-commit");
  return {
    disturbsBodies: faults.some((fault) => sideOf(fault, method) === "response"),
    incoming: (chunks, length) => disturb(chunks, length, "request"),
    outgoing: (chunks, length) => disturb(chunks, length, "response"),
    beforeAnswer: () => {
      const fault = afterCommit;
      // Once: the refusal is an answer itself.
      afterCommit = undefined;
      if (fault === undefined) return Promise.resolve();
      if (fault.status === undefined) return Promise.reject(new ConnectionReset());
      return Promise.reject(
        new Refusal(fault.status, "InternalServerError", "The service failed after the work was done."),
      );
    },
  };
}

/** Which body a fault is about: what the client sends, for the methods that send, and else what it receives. */
function sideOf(fault: Fault, method: string): Side | undefined {
  if (fault.kind === "slow") return fault.bytesPerSecond === undefined ? undefined : (fault.side ?? usual(method));
  if (fault.kind === "corrupt" || fault.kind === "reset-mid-body") return fault.side ?? usual(method);
  return fault.kind === "late" ? "request" : undefined;
}

function usual(method: string): Side {
  return method === "PUT" || method === "POST" || method === "PATCH" ? "request" : "response";
}

function disturbed<T extends Uint8Array>(exchange: Exchange, chunks: Chunks<T>, length: number, side: Side): Chunks<T> {
  const { faults, method } = exchange;
  let result = chunks;
  for (const fault of faults) {
    if (sideOf(fault, method) !== side) continue;
    if (fault.kind === "corrupt") result = corrupted(result, Math.floor(length / 2));
    if (fault.kind === "reset-mid-body") result = cut(result, fault.afterBytes ?? Math.floor(length / 2));
    if (fault.kind === "late") result = late(result, fault.milliseconds);
    if (fault.kind === "slow" && fault.bytesPerSecond !== undefined)
      result = throttled(exchange, result, fault.bytesPerSecond);
  }
  return result;
}

/** Flips one bit of the byte at `position`. */
async function* corrupted<T extends Uint8Array>(
  chunks: Chunks<T>,
  position: number,
): AsyncGenerator<T, void, undefined> {
  let start = 0;
  for await (const chunk of chunks) {
    const index = position - start;
    const byte = chunk[index];
    if (byte !== undefined) chunk[index] = byte ^ 1;
    start += chunk.length;
    yield chunk;
  }
}

/** Lets `length` bytes pass, or up to a chunk more, and resets the connection. */
async function* cut<T extends Uint8Array>(
  chunks: Chunks<T>,
  length: number,
): AsyncGenerator<Uint8Array & T, void, undefined> {
  let start = 0;
  for await (const chunk of chunks) {
    if (start + chunk.length >= length) break;
    start += chunk.length;
    yield chunk;
  }
  throw new ConnectionReset();
}

async function* late<T extends Uint8Array>(
  chunks: Chunks<T>,
  milliseconds: number,
): AsyncGenerator<T, void, undefined> {
  const all: T[] = [];
  for await (const chunk of chunks) all.push(chunk);
  await sleep(milliseconds);
  yield* all;
}

async function* throttled<T extends Uint8Array>(
  exchange: Exchange,
  chunks: Chunks<T>,
  bytesPerSecond: number,
): AsyncGenerator<T, void, undefined> {
  for await (const chunk of chunks) {
    await pause(exchange, (chunk.length / bytesPerSecond) * 1000);
    yield chunk;
  }
}

/** Waits so long, or until the client is gone. Node's longest timer stands for ever. */
export async function pause({ response, socket }: Exchange, milliseconds: number): Promise<void> {
  if (socket.destroyed) throw new ConnectionReset();
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  response.on("close", abort);
  try {
    await sleep(Math.min(milliseconds, 2 ** 31 - 1), undefined, { signal: gone.signal });
  } catch {
    throw new ConnectionReset();
  } finally {
    response.off("close", abort);
  }
}
