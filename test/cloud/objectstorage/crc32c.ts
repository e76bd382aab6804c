/** CRC-32C (Castagnoli), reflected, as RFC 3720 B.4 and `opc-content-crc32c` have it: big-endian, in base64. */
import type { Digester } from "../state/bodies.ts";

const polynomial = 0x82f63b78;
/** `tables[k][b]`: the remainder of the byte `b` followed by `k` zero bytes. */
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
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  if (!t0 || !t1 || !t2 || !t3 || !t4 || !t5 || !t6 || !t7) throw new Error("The CRC tables are missing.");
  const at = (table: Uint32Array, byte: number): number => table[byte & 0xff] ?? 0;
  let crc = start;
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    const byte = (k: number): number => bytes[i + k] ?? 0;
    crc =
      at(t7, crc ^ byte(0)) ^
      at(t6, (crc >>> 8) ^ byte(1)) ^
      at(t5, (crc >>> 16) ^ byte(2)) ^
      at(t4, (crc >>> 24) ^ byte(3)) ^
      at(t3, byte(4)) ^
      at(t2, byte(5)) ^
      at(t1, byte(6)) ^
      at(t0, byte(7));
  }
  for (; i < bytes.length; i++) crc = at(t0, crc ^ (bytes[i] ?? 0)) ^ (crc >>> 8);
  return crc;
}

function makeTables(): readonly Uint32Array[] {
  const result = Array.from({ length: 8 }, () => new Uint32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (const table of result) {
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
      table[byte] = crc;
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
