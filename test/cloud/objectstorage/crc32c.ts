/** CRC-32C (Castagnoli), reflected, as RFC 3720 B.4 and `opc-content-crc32c` have it: big-endian, in base64. */
import type { Digester } from "../state/bodies.ts";

const polynomial = 0x82f63b78;
/** `tables[256 * k + b]`: the remainder of the byte `b` followed by `k` zero bytes. One flat table: a lookup is most of the work. */
const tables = makeTables();

export class Crc32c implements Digester {
  #crc = 0xffffffff;

  update(bytes: Uint8Array): void {
    this.#crc = crcOf(this.#crc, bytes);
  }

  digest(_encoding: "base64"): string {
    return encodeCrc(~this.#crc);
  }
}

/** The CRC of two bodies one after the other, from the CRC of each and the second one's length. */
export function combineCrc32c(first: string, second: string, secondBytes: number): string {
  let operator = oneZeroBit();
  // Squared three times, the operator appends a byte; each further squaring doubles that.
  for (let i = 0; i < 3; i++) operator = square(operator);
  let crc = Buffer.from(first, "base64").readUInt32BE();
  for (let left = secondBytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = apply(operator, crc);
    operator = square(operator);
  }
  return encodeCrc(crc ^ Buffer.from(second, "base64").readUInt32BE());
}

function crcOf(start: number, bytes: Uint8Array): number {
  const t = tables;
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = start;
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    const low = crc ^ words.getInt32(i, true);
    const high = words.getInt32(i + 4, true);
    crc =
      t[1792 + (low & 0xff)]! ^
      t[1536 + ((low >>> 8) & 0xff)]! ^
      t[1280 + ((low >>> 16) & 0xff)]! ^
      t[1024 + (low >>> 24)]! ^
      t[768 + (high & 0xff)]! ^
      t[512 + ((high >>> 8) & 0xff)]! ^
      t[256 + ((high >>> 16) & 0xff)]! ^
      t[high >>> 24]!;
  }
  for (; i < bytes.length; i++) crc = t[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return crc;
}

function makeTables(): Int32Array {
  const result = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let zeros = 0; zeros < 8; zeros++) {
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
      result[256 * zeros + byte] = crc;
    }
  }
  return result;
}

/** Appending one zero bit, as a matrix over GF(2): a column for each bit of a CRC. */
function oneZeroBit(): readonly number[] {
  return Array.from({ length: 32 }, (_, bit) => (bit === 0 ? polynomial : 2 ** (bit - 1)));
}

function apply(matrix: readonly number[], vector: number): number {
  return matrix.reduce((sum, column, bit) => ((vector >>> bit) & 1 ? sum ^ column : sum), 0);
}

function square(matrix: readonly number[]): readonly number[] {
  return matrix.map((column) => apply(matrix, column));
}

function encodeCrc(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes.toString("base64");
}
