/**
 * Gives the memory of a chunk from the network back at once. Left to the garbage collector, some 60 MiB of them pile up
 * before it looks, and looking costs it as long as a checksum. The chunk is empty afterwards.
 *
 * Only a chunk that is the whole of its memory is freed, as most reads of a socket are. One that shares it, with headers
 * before it, another chunk behind it, or Node's pool of small buffers around it, is left alone.
 */
export function freeChunk(chunk: Uint8Array): void {
  const { buffer, byteLength } = chunk;
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0);
}

/** The same chunks, each freed when the next is asked for. */
export async function* freeingChunks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
    freeChunk(chunk);
  }
}
