/**
 * Metrics: figures that the work tells of itself, for `run.json` and the table of a sweep. Two ways, both of one line:
 *
 * - a line of its output that begins with `nbjob:metric `, then `name=value` once or more:
 *   `print(f"nbjob:metric accuracy={accuracy} loss={loss}")`. The last value of a name counts.
 * - `metrics.json` in its working directory, an object of figures, as other tools write it; maps within it are read as
 *   `outer.inner`. A printed metric of the same name counts more.
 *
 * A value is a number, `true`, `false` or a short text; the rest of what a name or value could be is left out.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { LineCollector } from "../text/line-collector.ts";
import { messageOf } from "../text/message-of.ts";

export type Metric = number | boolean | string;
export type Metrics = Readonly<Record<string, Metric>>;

export const metricsFile = "metrics.json";

const marker = "nbjob:metric ";
const mostMetrics = 100;
const longestName = 100;
const longestText = 256;
const longestLine = 4096;
const largestFile = 1024 * 1024;

/** Gathers the metrics of one attempt of the work. */
export class MetricsReader {
  readonly #printed = new Map<string, Metric>();
  readonly #lines: Readonly<Record<"stdout" | "stderr", LineCollector>>;
  readonly #file: string;
  #before: string | undefined;
  readonly #mask: (text: string) => string;
  readonly #warn: (message: string) => void;
  #dropped = false;

  constructor(cwd: string, mask: (text: string) => string, warn: (message: string) => void) {
    this.#file = join(cwd, metricsFile);
    this.#mask = mask;
    this.#warn = warn;
    const collector = (): LineCollector => new LineCollector(marker, longestLine, (line) => this.#read(line));
    this.#lines = { stdout: collector(), stderr: collector() };
  }

  /** To be called before the work starts: a file that is there already is an input. */
  async begin(): Promise<void> {
    this.#before = await versionOf(this.#file);
  }

  push(stream: "stdout" | "stderr", chunk: Uint8Array): void {
    this.#lines[stream].push(chunk);
  }

  /** What was told, masked, once the work has ended. */
  async end(): Promise<Metrics> {
    for (const lines of Object.values(this.#lines)) lines.end();
    const all = new Map<string, Metric>();
    const take = (name: string, value: Metric): void => {
      const text = typeof value === "string" ? this.#mask(value) : value;
      if (this.#mask(name) !== name) return;
      if (all.has(name) || all.size < mostMetrics) all.set(name, text);
      else this.#drop();
    };
    for (const [name, value] of await this.#fromFile()) take(name, value);
    for (const [name, value] of this.#printed) take(name, value);
    return Object.fromEntries(all);
  }

  #read(line: string): void {
    for (const [, name = "", written = ""] of line.matchAll(/([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g)) {
      const value = valueOf(written);
      if (!isName(name) || value === undefined) this.#warnOnce(`A metric cannot be read: ${shown(line)}`);
      else if (this.#printed.has(name) || this.#printed.size < mostMetrics) this.#printed.set(name, value);
      else this.#drop();
    }
  }

  async #fromFile(): Promise<readonly (readonly [string, Metric])[]> {
    const now = await versionOf(this.#file);
    if (now === undefined || now === this.#before) return [];
    try {
      if ((await stat(this.#file)).size > largestFile) throw new Error("it has more than 1 MiB");
      const value = parse(await readFile(this.#file, "utf8"));
      if (!isMap(value)) throw new Error("it is not an object");
      return flat(value, "");
    } catch (error) {
      this.#warn(`${metricsFile} is not read: ${messageOf(error)}`);
      return [];
    }
  }

  #drop(): void {
    if (!this.#dropped) this.#warn(`More than ${mostMetrics} metrics: the rest is left out`);
    this.#dropped = true;
  }

  #warned = false;
  #warnOnce(message: string): void {
    if (!this.#warned) this.#warn(message);
    this.#warned = true;
  }
}

function isName(name: string): boolean {
  return name.length <= longestName && /^[\p{L}\p{N}_./@%:-]+$/u.test(name);
}

/** `NaN` and `inf` as Python writes them are numbers that went wrong: kept, as text. */
function valueOf(written: string): Metric | undefined {
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(written)) return Number(written);
  if (/^(?:true|True)$/.test(written)) return true;
  if (/^(?:false|False)$/.test(written)) return false;
  if (!written.startsWith('"')) return written === "" ? undefined : written.slice(0, longestText);
  try {
    const text: unknown = JSON.parse(written);
    return typeof text === "string" ? text.slice(0, longestText) : undefined;
  } catch {
    return undefined;
  }
}

/** JSON, or what Python writes for it where a figure is none: `{"loss": NaN}`. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.replaceAll(/(?<=[:[,\s])(?:NaN|-?Infinity)(?=[\s,\]}])/g, '"$&"'));
  }
}

/** Lists are left out: a metric is one figure. */
function flat(map: Readonly<Record<string, unknown>>, prefix: string): readonly (readonly [string, Metric])[] {
  return Object.entries(map).flatMap(([key, value]): readonly (readonly [string, Metric])[] => {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (isMap(value)) return name.length > longestName ? [] : flat(value, name);
    if (!isName(name)) return [];
    if (typeof value === "number" || typeof value === "boolean") return [[name, value]];
    return typeof value === "string" ? [[name, value.slice(0, longestText)]] : [];
  });
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(line: string): string {
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

async function versionOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? `${found.ino}:${found.size}:${found.mtimeMs}` : undefined;
}
