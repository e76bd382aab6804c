/**
 * Aho and Corasick's machine over bytes: one pass finds every needle, at a cost that does not grow with their number.
 * A state is the longest end of what was read that begins a needle: so much of the output is still in doubt.
 *
 * The root and the states of one byte have a full row of 256 transitions; text rarely goes deeper. Deeper states have
 * few children: a first one and a chain of siblings, and fall back along `fail`.
 *
 * Where nothing is in doubt, whole stretches are passed over: a needle of at least m bytes that began in the next m - 1
 * would hold the last two of the next m among its own first m. Most pairs of bytes are in no needle (Wu and Manber).
 */
export class Automaton {
  /** Length of what each state stands for, or of its longest end that can still grow: of a whole needle nothing is in doubt. */
  readonly #doubt: Int32Array;
  /** Length of the longest needle that ends in each state; 0 for none. */
  readonly #match: Int32Array;
  /** Transitions of the states below `#dense`, 256 each. */
  readonly #rows: Int32Array;
  readonly #dense: number;
  readonly #byte: Uint8Array;
  readonly #child: Int32Array;
  readonly #sibling: Int32Array;
  readonly #fail: Int32Array;
  /** Length of the shortest needle. */
  readonly #shortest: number;
  /** 1 for every two bytes that follow each other among some needle's first `#shortest`. */
  readonly #pairs = new Uint8Array(65_536);

  /** @param needles none of them empty. */
  constructor(needles: readonly Uint8Array[]) {
    this.#shortest = Math.min(...needles.map((needle) => needle.length));
    for (const needle of needles)
      for (let at = 1; at < this.#shortest; at++) this.#pairs[((needle[at - 1] ?? 0) << 8) | (needle[at] ?? 0)] = 1;
    const trie = buildTrie(needles);
    const states = trie.depth.length;
    this.#doubt = new Int32Array(states);
    this.#match = trie.match;
    this.#byte = trie.byte;
    this.#child = trie.child;
    this.#sibling = trie.sibling;
    this.#fail = new Int32Array(states);
    this.#dense = trie.depth.findIndex((depth) => depth > 1);
    if (this.#dense < 0) this.#dense = states;
    this.#rows = new Int32Array(this.#dense * 256);
    this.#link(trie.depth);
  }

  /** So many of the last bytes read may be the beginning of a needle. */
  doubt(state: number): number {
    return this.#doubt[state] ?? 0;
  }

  /** Reads `bytes` from an index on, tells each needle found by [start, end), and returns the state at the end. */
  run(state: number, bytes: Uint8Array, from: number, found: (start: number, end: number) => void): number {
    const match = this.#match;
    const rows = this.#rows;
    const dense = this.#dense;
    const pairs = this.#pairs;
    const ahead = this.#shortest - 1;
    const last = ahead > 0 ? bytes.length - ahead : 0;
    let now = state;
    for (let at = from; at < bytes.length; at++) {
      if (now === 0)
        while (at < last && pairs[((bytes[at + ahead - 1] ?? 0) << 8) | (bytes[at + ahead] ?? 0)] === 0) at += ahead;
      const byte = bytes[at] ?? 0;
      now = now < dense ? (rows[now * 256 + byte] ?? 0) : this.#step(now, byte);
      const length = match[now] ?? 0;
      if (length > 0) found(at + 1 - length, at + 1);
    }
    return now;
  }

  #step(state: number, byte: number): number {
    for (let at = state; ; at = this.#fail[at] ?? 0) {
      if (at < this.#dense) return this.#rows[at * 256 + byte] ?? 0;
      const next = this.#find(at, byte);
      if (next !== 0) return next;
    }
  }

  #find(state: number, byte: number): number {
    let child = this.#child[state] ?? 0;
    while (child !== 0 && this.#byte[child] !== byte) child = this.#sibling[child] ?? 0;
    return child;
  }

  /** States are numbered by depth, so each one's `fail`, which is shorter, is known before it. */
  #link(depth: Int32Array): void {
    const match = this.#match;
    const parents = new Int32Array(depth.length);
    for (let state = 0; state < depth.length; state++) {
      for (let child = this.#child[state] ?? 0; child !== 0; child = this.#sibling[child] ?? 0) parents[child] = state;
      if (state > 0 && (depth[state] ?? 0) > 1)
        this.#fail[state] = this.#step(this.#fail[parents[state] ?? 0] ?? 0, this.#byte[state] ?? 0);
      const fail = this.#fail[state] ?? 0;
      this.#doubt[state] = this.#child[state] === 0 ? (this.#doubt[fail] ?? 0) : (depth[state] ?? 0);
      match[state] = Math.max(match[state] ?? 0, match[fail] ?? 0);
      if (state >= this.#dense) continue;
      const row = this.#rows.subarray(state * 256, state * 256 + 256);
      if (state > 0) row.set(this.#rows.subarray(0, 256));
      for (let child = this.#child[state] ?? 0; child !== 0; child = this.#sibling[child] ?? 0)
        row[this.#byte[child] ?? 0] = child;
    }
  }
}

interface Trie {
  readonly depth: Int32Array;
  readonly match: Int32Array;
  readonly byte: Uint8Array;
  readonly child: Int32Array;
  readonly sibling: Int32Array;
}

/** States in order of depth; 0 is the root, and nobody's child. */
function buildTrie(needles: readonly Uint8Array[]): Trie {
  const most = 1 + needles.reduce((sum, needle) => sum + needle.length, 0);
  const depth = new Int32Array(most);
  const match = new Int32Array(most);
  const byte = new Uint8Array(most);
  const child = new Int32Array(most);
  const sibling = new Int32Array(most);
  let states = 1;
  let growing = needles.map((needle) => ({ needle, state: 0 }));
  for (let at = 0; growing.length > 0; at++) {
    const next: typeof growing = [];
    for (const { needle, state } of growing) {
      const wanted = needle[at] ?? 0;
      let found = child[state] ?? 0;
      while (found !== 0 && byte[found] !== wanted) found = sibling[found] ?? 0;
      if (found === 0) {
        found = states++;
        byte[found] = wanted;
        depth[found] = at + 1;
        sibling[found] = child[state] ?? 0;
        child[state] = found;
      }
      if (at + 1 === needle.length) match[found] = needle.length;
      else next.push({ needle, state: found });
    }
    growing = next;
  }
  const cut = (array: Int32Array): Int32Array => array.slice(0, states);
  return {
    depth: cut(depth),
    match: cut(match),
    byte: byte.slice(0, states),
    child: cut(child),
    sibling: cut(sibling),
  };
}
