/** From the text of a form field to the cell that is sent, and back. What cannot be read stays text: the server says so. */
import type { ContractColumn } from "../api/types";

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** The row that the form starts with: typical values, never zeros. */
export function typicalRow(columns: readonly ContractColumn[]): Row {
  return Object.fromEntries(columns.map((c) => [c.name, c.typical ?? null]));
}

/** What a field shows for a cell. */
export function toField(value: Cell | undefined, kind: ContractColumn["kind"]): string {
  if (value === null || value === undefined) return "";
  if (kind === "date" && typeof value === "string") return value.slice(0, 10);
  if (kind === "datetime" && typeof value === "string") return value.replace(" ", "T").slice(0, 16);
  return String(value);
}

/** The cell a field stands for; an empty field is a missing value. */
export function fromField(text: string, kind: ContractColumn["kind"]): Cell {
  if (text.trim() === "") return null;
  if (kind === "integer" || kind === "decimal") {
    const value = Number(text.replace(",", "."));
    return Number.isFinite(value) ? value : text;
  }
  if (kind === "boolean") {
    if (text === "true") return true;
    if (text === "false") return false;
  }
  return text;
}

/** Whether a number lies outside what the model has seen. */
export function isOutside(value: Cell | undefined, column: ContractColumn): boolean {
  return (
    typeof value === "number" &&
    typeof column.minimum === "number" &&
    typeof column.maximum === "number" &&
    (value < column.minimum || value > column.maximum)
  );
}

/**
 * The choices of a column, each word in its most frequent spelling: what differs only in case and spaces looks like
 * a mistake in a list. Single letters stay apart, because there the case may be the meaning.
 */
export function oneSpelling<T extends { readonly value: string; readonly share: number }>(
  choices: readonly T[],
): readonly T[] {
  const best = new Map<string, T>();
  for (const choice of choices) {
    const word = choice.value.trim().replace(/\s+/g, " ");
    const key = word.length > 1 ? word.toLowerCase() : word;
    const known = best.get(key);
    if (known === undefined || choice.share > known.share) best.set(key, choice);
  }
  const kept = new Set(best.values());
  return choices.filter((choice) => kept.has(choice));
}
