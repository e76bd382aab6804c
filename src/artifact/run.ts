import { exitCodeOf, spawnGroup, type Settled } from "../process/group.ts";
import { watchMemory, type MemoryEvidence } from "../process/oom.ts";
import { commandFor, type ArtifactFile } from "./command.ts";
import { lastBytes, Tail, usefulLine } from "./tail.ts";

export interface RunArtifactOptions extends ArtifactFile {
  /** What the work prints, as it comes. A returned promise slows the work down. */
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Uint8Array) => void | Promise<void>;
  readonly onWarning?: (message: string) => void;
  /** Asks the work to end: the signal that the abort's reason names (`{ signal: "SIGINT" }`), else SIGTERM. */
  readonly signal?: AbortSignal;
  /** Ends it at once. */
  readonly killSignal?: AbortSignal;
  /** Milliseconds from the one to the other; default 10,000. */
  readonly gracePeriod?: number;
  /** Applied to `message` and `logTail` before they are cut to their lengths. */
  readonly mask?: (text: string) => string;
}

/** How an artifact ended. */
export interface ArtifactResult {
  /** Its own, or 128 + n where signal n killed it. */
  readonly exitCode: number;
  /** The signal that killed it, as `SIGKILL`. */
  readonly signal?: NodeJS.Signals;
  /** What its control group says; only where a signal killed it or the kernel ended one of its processes. */
  readonly oom?: MemoryEvidence;
  /** One line: what it last said on stderr, and how it ended; empty after success. */
  readonly message: string;
  /** The last lines of its output, stdout and stderr as they came, at most 4 KiB. */
  readonly logTail: string;
  /** Processes that outlived it and were ended. */
  readonly stragglers: number;
  /** An output was given up while somebody else still held it open. */
  readonly cutOff: boolean;
}

const tailBytes = 4_096;

/**
 * Runs one file to its end, whatever that is, and leaves none of its processes behind.
 * @throws {NbjobError} where it could not be started, see {@link commandFor}; the reason of `signal` where that had aborted before.
 */
export async function runArtifact(options: RunArtifactOptions): Promise<ArtifactResult> {
  const { cwd, onOutput, mask = (text) => text } = options;
  const command = await commandFor(options);
  // Python keeps what it prints to a pipe for itself until 8 KiB are together.
  const env = { PYTHONUNBUFFERED: "1", ...options.env };
  const all = new Tail(4 * tailBytes);
  const errors = new Tail(4 * tailBytes);
  const memory = watchMemory();
  const group = spawnGroup(command, {
    cwd,
    env,
    onOutput(stream, chunk) {
      all.push(chunk);
      if (stream === "stderr") errors.push(chunk);
      return onOutput(stream, chunk);
    },
    stopSignal: signalOf,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.killSignal === undefined ? {} : { killSignal: options.killSignal }),
    ...(options.gracePeriod === undefined ? {} : { stopGrace: options.gracePeriod }),
  });
  const settled = await group.settled;
  warn(settled, options.onWarning);
  const evidence = memory.evidence();
  const oom = evidence !== undefined && (settled.signal !== null || evidence.killed) ? evidence : undefined;
  const exitCode = exitCodeOf(settled);
  if (exitCode === 0 && oom?.killed === true)
    options.onWarning?.(
      `The work succeeded, but the system killed some of its processes: out of memory${figures(oom)}`,
    );
  return {
    exitCode,
    ...(settled.signal === null ? {} : { signal: settled.signal }),
    ...(oom === undefined ? {} : { oom }),
    message: exitCode === 0 ? "" : describe(settled, oom, usefulLine(mask(errors.text()))),
    logTail: lastBytes(mask(all.text()), tailBytes),
    stragglers: settled.stragglers,
    cutOff: settled.cutOff,
  };
}

function signalOf(reason: unknown): NodeJS.Signals {
  const named = typeof reason === "object" && reason !== null && "signal" in reason ? reason.signal : undefined;
  return named === "SIGINT" || named === "SIGHUP" || named === "SIGQUIT" ? named : "SIGTERM";
}

function describe(settled: Settled, oom: MemoryEvidence | undefined, line: string | undefined): string {
  const end = settled.signal === null ? `exit code ${settled.code}` : `killed by ${settled.signal}`;
  const why = oom?.killed === true ? `${end}, out of memory${figures(oom)}` : end;
  return line === undefined ? `The work ended: ${why}` : `${line} (${why})`;
}

function figures({ peakBytes, limitBytes }: MemoryEvidence): string {
  const parts = [
    ...(peakBytes === undefined ? [] : [`at most ${mebibytes(peakBytes)} were in use`]),
    ...(limitBytes === undefined ? [] : [`${mebibytes(limitBytes)} is the limit`]),
  ];
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function warn({ stragglers, remaining, cutOff }: Settled, say: RunArtifactOptions["onWarning"]): void {
  if (stragglers > 0) say?.(`The work left ${stragglers} ${stragglers === 1 ? "process" : "processes"} running; ended`);
  if (remaining > 0) say?.(`Of these, ${remaining} could not be ended`);
  if (cutOff)
    say?.("A process outside the work's group still held its output open; what it writes from now on is lost");
}
