/**
 * Filters and order of the grid as they stand in the address. The server decides which rows fit; here they are only
 * read, written and said in words.
 */
import type { ColumnKind, ColumnProfile } from "../api/types";
import { brief, cell } from "./format";

type Scalar = string | number | boolean;

export interface Filter {
  readonly column: string;
  readonly op: "is" | "is_not" | "range" | "contains" | "empty" | "filled";
  readonly values?: readonly Scalar[];
  readonly low?: string | number | null;
  readonly high?: string | number | null;
  /** `high` itself does not count, as in the bins of a chart. */
  readonly below?: boolean;
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

const OPS: readonly Filter["op"][] = ["is", "is_not", "range", "contains", "empty", "filled"];

/** The filters of an address; what is no filter is left out. */
export function readFilters(given: unknown): Filter[] {
  if (!Array.isArray(given)) return [];
  return given.filter(
    (item): item is Filter =>
      typeof item === "object" &&
      item !== null &&
      typeof (item as Filter).column === "string" &&
      OPS.includes((item as Filter).op),
  );
}

const ORDER = /^(.*)\.(asc|desc)$/s;

/** "price.desc" → by price, largest first; null for anything else. */
export function readSort(given: unknown): Sort | null {
  const found = ORDER.exec(String(given ?? ""));
  return found ? { column: found[1] ?? "", descending: found[2] === "desc" } : null;
}

export function writeSort({ column, descending }: Sort): string {
  return `${column}.${descending ? "desc" : "asc"}`;
}

/** One filter per column: a new one takes the place of the old one, null takes it away. */
export function withFilter(filters: readonly Filter[], column: string, next: Filter | null): Filter[] {
  const place = filters.findIndex((f) => f.column === column);
  if (next === null) return filters.filter((f) => f.column !== column);
  return place < 0 ? [...filters, next] : filters.map((f, i) => (i === place ? next : f));
}

/** The filter that keeps the rows of one bar, with the bar's own words. */
export interface Bar {
  readonly words: string;
  readonly count: number;
  readonly filter: Filter;
}

/** The bars of a column in the order they are drawn: bins for numbers and times, else the most frequent values. */
export function barsOf(column: ColumnProfile): Bar[] {
  const { name, kind, histogram } = column;
  if (kind === "identifier") return [];
  if (!histogram) {
    return (column.top_values ?? []).map(({ value, count }) => ({
      words: value,
      count,
      filter: { column: name, op: "is", values: [value] },
    }));
  }
  const last = histogram.counts.length - 1;
  return histogram.counts.map((count, i) => {
    const [low, high] = [histogram.edges[i] ?? null, histogram.edges[i + 1] ?? null];
    const whole = wholeBetween(low, high);
    const filter: Filter =
      whole === null
        ? { column: name, op: "range", low, high, ...(i < last ? { below: true } : {}) }
        : { column: name, op: "is", values: [whole] };
    return { words: filterWords(filter, kind), count, filter };
  });
}

/** Bins around whole numbers go from half to half: the number itself is what they hold. */
function wholeBetween(low: unknown, high: unknown): number | null {
  if (typeof low !== "number" || typeof high !== "number" || high - low !== 1) return null;
  return Math.abs(low % 1) === 0.5 ? low + 0.5 : null;
}

/** What a filter asks of its column, without the column's name: "12 to below 15", "is Oslo or Bern", "is empty". */
export function filterWords({ op, values = [], low, high, below }: Filter, kind?: ColumnKind): string {
  const said = values.map((value) => (value === "" ? "(blank)" : cell(value, kind)));
  const shown = said.length > 4 ? [...said.slice(0, 3), `${said.length - 3} more`] : said;
  const listed = shown.length > 1 ? `${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}` : (shown[0] ?? "");
  switch (op) {
    case "is":
      return `is ${listed}`;
    case "is_not":
      return `is not ${listed}`;
    case "contains":
      return `contains “${listed}”`;
    case "empty":
      return "is empty";
    case "filled":
      return "is filled";
    case "range": {
      const [from, to] = [edge(low, kind), edge(high, kind)];
      if (to === null) return `from ${from ?? ""}`;
      if (from === null) return below ? `below ${to}` : `up to ${to}`;
      return below ? `${from} to below ${to}` : `${from} to ${to}`;
    }
  }
}

function edge(value: string | number | null | undefined, kind?: ColumnKind): string | null {
  if (value === null || value === undefined || value === "") return null;
  return typeof value === "number" ? brief(value) : cell(value, kind);
}

/** What order the sort gives, in the words of the column's kind. */
export function sortWords(descending: boolean, kind: ColumnKind | undefined): string {
  if (kind === "date" || kind === "datetime") return descending ? "latest first" : "earliest first";
  if (kind === "integer" || kind === "decimal") return descending ? "largest first" : "smallest first";
  return descending ? "Z to A" : "A to Z";
}

/** What is left of a name when its unit is written beside it: "weight (kg)" → "weight". */
export function nameWithoutUnit(name: string, unit: string | undefined): string {
  if (unit === undefined) return name;
  const end = name.search(/\s*[([][^()[\]]*[)\]]\s*$/);
  return end > 0 && name.slice(end).includes(unit) ? name.slice(0, end) : name;
}
