import { randomUUID } from "node:crypto";

/** Comes up with a cell id that may be new: 8 hexadecimal digits. */
export type NewId = () => string;

/** As nbformat makes them. */
export const randomId: NewId = () => randomUUID().slice(0, 8);

/** True for an id as nbformat 4.5 wants it. */
export function isCellId(value: unknown): value is string {
  return typeof value === "string" && /^[a-zA-Z0-9_-]{1,64}$/.test(value);
}

/** An id that no cell has. */
export function freshId(taken: ReadonlySet<string>, newId: NewId): string {
  for (;;) {
    const id = newId();
    if (!taken.has(id)) return id;
  }
}

/** Gives each cell an id of its own: the first that has one keeps it, the others get new ones. */
export function assignIds(cells: readonly { id: string }[], newId: NewId): void {
  const wanted = new Set(cells.map(({ id }) => id));
  const taken = new Set<string>();
  for (const cell of cells) {
    if (!isCellId(cell.id) || taken.has(cell.id)) {
      cell.id = freshId(wanted, newId);
      wanted.add(cell.id);
    }
    taken.add(cell.id);
  }
}
