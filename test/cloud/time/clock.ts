/**
 * The time that schedules fire by, polls wait by and lifecycles move by. It runs as the machine's does, until it is
 * frozen; a test moves it forward without waiting, and back. Signatures are not checked by it.
 *
 * What runs because of it is told to it with {@link Clock.track}; moving the clock waits, at every moment in which
 * something happens, until everything that is tracked has come to its end or sleeps. So an hour of polls is an hour's
 * worth of requests, one after the other, in as long as these take.
 */

export interface ClockOptions {
  /** Milliseconds since the epoch; default now. */
  readonly start?: number;
  /** Whether it stands still but for {@link Clock.advance} and {@link Clock.set}; default no. */
  readonly frozen?: boolean;
}

/** What recurs: asked for its next moment whenever the clock looks for what is next. */
export interface Recurring {
  /** The first moment, after whatever was run last, in which something is to happen. */
  next(): number | undefined;
  /** Does what is to happen up to `time`; {@link next} must be later then. */
  run(time: number): void;
  /** The clock was set back: what is to happen is reckoned from `time` again. */
  setBack(time: number): void;
}

interface Sleeper {
  readonly time: number;
  wake(): void;
}

export class Clock {
  #base: number;
  /** The machine's own time at `#base`; undefined while the clock stands still. */
  #since: number | undefined;
  #busy = 0;
  #moving = 0;
  #moves: Promise<void> = Promise.resolve();
  readonly #sleepers = new Set<Sleeper>();
  readonly #recurring = new Set<Recurring>();
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor({ start = Date.now(), frozen = false }: ClockOptions = {}) {
    this.#base = start;
    this.#since = frozen ? undefined : performance.now();
  }

  /** Milliseconds since the epoch. */
  now(): number {
    const passed = this.#since === undefined ? 0 : performance.now() - this.#since;
    return Math.floor(this.#base + passed);
  }

  /** Aborts when the cloud is closed. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get frozen(): boolean {
    return this.#since === undefined && this.#moving === 0;
  }

  /** Stands still until it is moved, or thawed. */
  freeze(): void {
    this.#base = this.now();
    this.#since = undefined;
    this.#arm();
  }

  /** Runs as the machine's time does. */
  thaw(): void {
    this.#since ??= performance.now();
    this.#arm();
  }

  /** Moves forward by so many milliseconds, and waits for what happens on the way. */
  advance(milliseconds: number): Promise<void> {
    return this.#move((now) => now + milliseconds);
  }

  /** Moves to a moment. Backwards nothing happens, but that schedules reckon from there. */
  set(time: number | string | Date): Promise<void> {
    const target = new Date(time).getTime();
    if (Number.isNaN(target)) throw new RangeError(`Not a moment: ${String(time)}`);
    return this.#move(() => target);
  }

  /** Moves to each moment in which something happens, until `done`, or until so many milliseconds have passed. */
  async advanceUntil(done: () => boolean | Promise<boolean>, atMost: number): Promise<void> {
    const limit = this.now() + atMost;
    await this.advance(0);
    while (!(await done())) {
      const next = this.#next();
      if (next === undefined || next > limit) throw new Error(`Nothing that was waited for happened in ${atMost} ms.`);
      await this.set(Math.max(next, this.now()));
    }
  }

  /** Counts work until it ends: the clock does not move while it does anything but {@link sleep} or {@link rest}. */
  track<T>(work: Promise<T>): Promise<T> {
    this.#busy++;
    return work.finally(() => this.#busy--);
  }

  /** Waits, inside tracked work, until the time has passed, `signal` aborts or the clock is closed. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const early = AbortSignal.any([this.signal, ...(signal === undefined ? [] : [signal])]);
    if (early.aborted) return Promise.resolve();
    const time = this.now() + Math.max(0, milliseconds);
    return new Promise((resolve) => {
      const wake = (): void => {
        if (!this.#sleepers.delete(sleeper)) return;
        early.removeEventListener("abort", wake);
        this.#busy++;
        resolve();
      };
      const sleeper: Sleeper = { time, wake };
      early.addEventListener("abort", wake);
      this.#sleepers.add(sleeper);
      this.#busy--;
      this.#arm();
    });
  }

  /** Waits, inside tracked work, for other tracked work, or for whatever ends {@link sleep} early. */
  async rest<T>(work: Promise<T>): Promise<T> {
    this.#busy--;
    try {
      return await work;
    } finally {
      this.#busy++;
    }
  }

  /** Has something happen again and again. What it returns ends that. */
  recur(recurring: Recurring): () => void {
    this.#recurring.add(recurring);
    this.#arm();
    return () => this.#recurring.delete(recurring);
  }

  /** To be called when a {@link Recurring} has a new next moment. */
  changed(): void {
    this.#arm();
  }

  /** Nothing wakes any more; whatever is under way is told to end, and waited for. */
  async close(): Promise<void> {
    this.#ending.abort();
    clearTimeout(this.#timer);
    await this.#moves;
    await this.#idle();
  }

  #move(to: (now: number) => number): Promise<void> {
    this.#moves = this.#moves.then(() => this.#moveNow(to));
    return this.#moves;
  }

  async #moveNow(to: (now: number) => number): Promise<void> {
    const start = this.now();
    const target = to(start);
    const ran = this.#since !== undefined;
    this.#base = Math.min(start, target);
    this.#since = undefined;
    this.#moving++;
    if (target < start) for (const recurring of this.#recurring) recurring.setBack(target);
    await this.#idle();
    for (let next = this.#next(); next !== undefined && next <= target; next = this.#next()) {
      if (this.signal.aborted) break;
      this.#base = Math.max(this.#base, next);
      this.#happen();
      await this.#idle();
    }
    this.#base = Math.max(this.#base, target);
    this.#moving--;
    if (ran) this.#since = performance.now();
    this.#arm();
  }

  #next(): number | undefined {
    const times = [
      ...[...this.#sleepers].map(({ time }) => time),
      ...[...this.#recurring].map((recurring) => recurring.next() ?? Infinity),
    ];
    const next = Math.min(...times);
    return Number.isFinite(next) ? next : undefined;
  }

  #happen(): void {
    const now = this.now();
    for (const sleeper of this.#sleepers) if (sleeper.time <= now) sleeper.wake();
    for (const recurring of this.#recurring) if ((recurring.next() ?? Infinity) <= now) recurring.run(now);
  }

  async #idle(): Promise<void> {
    do {
      // A turn of the event loop lets every promise that is settled be noticed.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    } while (this.#busy > 0);
  }

  /** While the clock runs by itself, has the machine's timer call for what is next. */
  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#since === undefined || this.signal.aborted) return;
    const next = this.#next();
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#tick(), Math.min(Math.max(0, next - this.now()), 2 ** 31 - 1));
    this.#timer.unref();
  }

  #tick(): void {
    if (this.#since !== undefined) this.#happen();
    this.#arm();
  }
}
