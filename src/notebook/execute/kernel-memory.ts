import { readFileSync } from "node:fs";

export interface ProcessMemory {
  readonly memoryBytes: number;
  readonly peakMemoryBytes: number;
}

/** Resident memory of a process, now and at its most, from /proc; undefined where there is none. */
export function processMemory(pid: number): ProcessMemory | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return undefined;
  }
  const bytes = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  const [memoryBytes, peakMemoryBytes] = [bytes("VmRSS"), bytes("VmHWM")];
  return Number.isNaN(memoryBytes) || Number.isNaN(peakMemoryBytes) ? undefined : { memoryBytes, peakMemoryBytes };
}

/** Looks at a process's memory now and then: once it is dead, nobody can tell any more. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #last: ProcessMemory | undefined;

  constructor(pid: number, interval = 1_000) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.look(), interval);
    this.#timer.unref();
  }

  /** What was seen last. */
  get last(): ProcessMemory | undefined {
    return this.#last;
  }

  look(): ProcessMemory | undefined {
    const now = processMemory(this.#pid);
    this.#last = now ?? this.#last;
    return now;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
