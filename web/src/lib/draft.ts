/** The case that somebody is typing, kept per version of a model while the tab is open: a reload must not lose it. */
import type { ContractColumn } from "../api/types";
import type { Cell, Row } from "./form";

const key = (version: string) => `narrative-case-${version}`;

export function keepDraft(version: string, changes: Row): void {
  try {
    if (Object.keys(changes).length === 0) sessionStorage.removeItem(key(version));
    else sessionStorage.setItem(key(version), JSON.stringify(changes));
  } catch {
    // Without storage the case lives as long as the page.
  }
}

/** What was changed before, as far as it still fits the columns. */
export function readDraft(version: string, columns: readonly ContractColumn[]): Row {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(key(version)) ?? "{}");
    if (typeof stored !== "object" || stored === null) return {};
    const names = new Set(columns.map((column) => column.name));
    return Object.fromEntries(
      Object.entries(stored).filter(
        (entry): entry is [string, Cell] => names.has(entry[0]) && isCell(entry[1]),
      ),
    );
  } catch {
    return {}; // Storage is forbidden or holds something else: the form starts with the typical row.
  }
}

function isCell(value: unknown): value is Cell {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
