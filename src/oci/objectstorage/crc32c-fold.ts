/**
 * The bulk of a CRC-32C, in WebAssembly, sixteen bytes a step and without tables, some five times as fast as with them.
 *
 * Bytes are a polynomial over GF(2), and a CRC is its remainder by the CRC's own polynomial P. A multiple of P may be added
 * anywhere without changing the remainder: adding one whose highest term meets the first block of a message removes
 * that block, at the price of adding it again further on, once for each other term. The fewer terms the better:
 * no multiple of CRC-32C's P of a useful length has less than six, and the shortest with six is Q = x^209 + x^144 + x^54
 * + x^39 + x^14 + 1. Squared seven times (over GF(2) that multiplies each exponent by two) its terms are whole blocks of
 * 128 bits apart, so that nothing is ever shifted. All but the last 209 blocks go that way.
 */

const exponents: readonly number[] = [209, 144, 54, 39, 14, 0];
const blockBytes = 16;
const degree = 209;
/** What is left of any number of bytes; so many zeros stand before them. */
const leftBytes = degree * blockBytes;
/** Most bytes at a time: small enough to stay in the processor's cache. */
export const mostFolded = 65_536;
/** Fewer bytes than this are not worth the copy. */
export const leastFolded = 4 * leftBytes;

/** What is used of Node's own, whose types leave it out. */
declare const WebAssembly: {
  readonly Module: new (program: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Removes the blocks in front of `end`. */
  readonly fold: (end: number) => void;
  /** Adds the blocks from `source` on to those from `target` on, up to `end`. */
  readonly add: (target: number, source: number, end: number) => void;
}

/** Bytes with the remainder of others, in memory that is used again. */
export type Fold = (state: number, bytes: Uint8Array) => Uint8Array;

/**
 * Makes `fold(state, bytes)`: fewer bytes with the same remainder as `bytes`, after a CRC whose register holds `state`.
 * `bytes` are from `leastFolded` to `mostFolded`, in whole blocks. Undefined where WebAssembly or its vectors are not to be had.
 */
export function makeFold(): Fold | undefined {
  let exports: Exports;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the module below exports just these
    exports = new WebAssembly.Instance(new WebAssembly.Module(program())).exports as Exports;
  } catch {
    return undefined;
  }
  const { memory, fold, add } = exports;
  const all = new Uint8Array(memory.buffer);
  const words = new DataView(memory.buffer);
  return (state, bytes) => {
    all.set(bytes, leftBytes);
    words.setInt32(leftBytes, words.getInt32(leftBytes, true) ^ state, true);
    const end = bytes.length;
    fold(end - leftBytes);
    // What the removed blocks still have to be added to.
    for (const exponent of exponents.slice(1)) {
      const distance = (degree - exponent) * blockBytes;
      add(end, end - distance, end + distance);
    }
    return all.subarray(end, end + leftBytes);
  };
}

/** The module, assembled: https://webassembly.github.io/spec/core/binary/. */
function program(): Uint8Array {
  const i32 = 0x7f;
  const load = (offset: number): number[] => [0xfd, 0x00, 0, ...leb(offset)];
  const store = (offset: number): number[] => [0xfd, 0x0b, 0, ...leb(offset)];
  const xor = [0xfd, 0x51];
  const get = (local: number): number[] => [0x20, local];
  const next = (local: number): number[] => [...get(local), 0x41, blockBytes, 0x6a];
  /** `do { … } while (local < end)` with the local's value on the stack. */
  const loop = (body: number[], end: number): number[] => [0x03, 0x40, ...body, ...get(end), 0x49, 0x0d, 0, 0x0b];
  const [end, at] = [0, 1];
  const terms = exponents.flatMap((exponent, index) => [
    ...get(at),
    ...load(exponent * blockBytes),
    ...(index > 0 ? xor : []),
  ]);
  const foldBody = loop([...get(at), ...terms, ...store(leftBytes), ...next(at), 0x22, at], end);
  const [target, source, until] = [0, 1, 2];
  const sum = [...get(target), ...get(target), ...load(0), ...get(source), ...load(0), ...xor, ...store(0)];
  const addBody = loop([...sum, ...next(source), 0x21, source, ...next(target), 0x22, target], until);
  const code = (locals: number[], body: number[]): number[] => sized([...locals, ...body, 0x0b]);
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([
    ...header,
    ...section(1, [
      [0x60, 1, i32, 0],
      [0x60, 3, i32, i32, i32, 0],
    ]), // types
    ...section(3, [[0], [1]]), // functions
    ...section(5, [[0, 2]]), // memory: two pages
    ...section(7, [exported("memory", 2, 0), exported("fold", 0, 0), exported("add", 0, 1)]),
    ...section(10, [code([1, 1, i32], foldBody), code([0], addBody)]),
  ]);
}

function section(id: number, items: readonly number[][]): number[] {
  return [id, ...sized([items.length, ...items.flat()])];
}

function exported(name: string, kind: number, index: number): number[] {
  return [...sized([...Buffer.from(name)]), kind, index];
}

function sized(bytes: number[]): number[] {
  return [...leb(bytes.length), ...bytes];
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}
