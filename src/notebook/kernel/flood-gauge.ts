/**
 * Tells when a kernel may have dropped messages. A PUB socket keeps 1,000 of them for a reader that is behind and drops the
 * rest, without a trace. Our reader is behind by moments only, so that fewer than 1,000 in a second are safe.
 */
import type { Message } from "./connection.ts";

const queue = 1_000;
/** Milliseconds. */
const moment = 1_000;

export class FloodGauge {
  flooded = false;
  #since = 0;
  #count = 0;

  count(message: Message): void {
    if (this.flooded) return;
    // The kernel's own clock, which counts when it was said: we may read it all at once much later.
    const dated = message.header.date === undefined ? Number.NaN : Date.parse(message.header.date);
    const now = Number.isNaN(dated) ? performance.timeOrigin + performance.now() : dated;
    if (Math.abs(now - this.#since) > moment) [this.#since, this.#count] = [now, 0];
    this.flooded = ++this.#count > queue;
  }
}
