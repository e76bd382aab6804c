/**
 * What the cloud knows, as tables in memory with one append-only file behind them: a line per change,
 * `[table, key, value]`, or `[table, key]` where a row is gone. Opening the file again gives the same tables, also
 * after a crash (a last line cut short is dropped); it is rewritten without the past on opening.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

type Row = readonly [table: string, key: string, value?: unknown];

export class Journal {
  readonly #tables = new Map<string, Map<string, unknown>>();
  readonly #file: number;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "journal.ndjson");
    if (existsSync(path)) {
      for (const row of rowsOf(readFileSync(path, "utf8"))) this.#apply(row);
      writeFileSync(`${path}.new`, this.#lines().join(""));
      renameSync(`${path}.new`, path);
    }
    this.#file = openSync(path, "a");
  }

  /** The table of that name, with whatever it held when the journal was last open. */
  table<T>(name: string): Table<T> {
    const rows = this.#tables.get(name) ?? new Map<string, unknown>();
    this.#tables.set(name, rows);
    // Each table's name is used with one type, by the one module that owns it.
    return new Table<T>(name, rows as Map<string, T>, (row) => writeSync(this.#file, `${JSON.stringify(row)}\n`));
  }

  close(): void {
    closeSync(this.#file);
  }

  #apply([name, key, ...value]: Row): void {
    const rows = this.#tables.get(name) ?? new Map<string, unknown>();
    this.#tables.set(name, rows);
    if (value.length === 0) rows.delete(key);
    else rows.set(key, value[0]);
  }

  #lines(): string[] {
    return [...this.#tables].flatMap(([name, rows]) =>
      [...rows].map(([key, value]) => `${JSON.stringify([name, key, value])}\n`),
    );
  }
}

/** Rows by key. What is put is written down at once; a row changed in place is not, and must be put again. */
export class Table<T> {
  readonly #name: string;
  readonly #rows: Map<string, T>;
  readonly #write: (row: Row) => void;

  constructor(name: string, rows: Map<string, T>, write: (row: Row) => void) {
    this.#name = name;
    this.#rows = rows;
    this.#write = write;
  }

  get(key: string): T | undefined {
    return this.#rows.get(key);
  }

  put(key: string, value: T): void {
    this.#rows.set(key, value);
    this.#write([this.#name, key, value]);
  }

  delete(key: string): void {
    if (this.#rows.delete(key)) this.#write([this.#name, key]);
  }

  values(): MapIterator<T> {
    return this.#rows.values();
  }

  entries(): MapIterator<[string, T]> {
    return this.#rows.entries();
  }
}

function* rowsOf(text: string): Generator<Row, void, undefined> {
  const lines = text.split("\n");
  // What follows the last newline is nothing, or a line that was never finished.
  for (const line of lines.slice(0, -1)) {
    const row: Row = JSON.parse(line);
    yield row;
  }
}
