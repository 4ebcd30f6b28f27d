import { expect, it } from "vitest";
import type { ColumnProfile } from "../api/types";
import {
  barsOf,
  type Filter,
  filterWords,
  nameWithoutUnit,
  readFilters,
  readSort,
  sortWords,
  withFilter,
  writeSort,
} from "./filters";

const column = (given: Partial<ColumnProfile>): ColumnProfile =>
  ({ name: "x", kind: "decimal", top_values: [], histogram: null, ...given }) as ColumnProfile;

it("reads what an address holds and leaves out what is no filter", () => {
  const good: Filter = { column: "age", op: "range", low: 3 };
  expect(readFilters([good, null, "x", { column: 3, op: "is" }, { column: "a", op: "drop" }])).toEqual([
    good,
  ]);
  expect(readFilters(undefined)).toEqual([]);
  expect(readFilters("age")).toEqual([]);
});

it("keeps the order of a column whose name holds dots", () => {
  for (const column of ["price", "a.b", ".asc", "x\ny"]) {
    for (const descending of [true, false])
      expect(readSort(writeSort({ column, descending }))).toEqual({ column, descending });
  }
  expect(readSort("price")).toBeNull();
  expect(readSort(undefined)).toBeNull();
});

it("has one filter per column", () => {
  const age: Filter = { column: "age", op: "filled" };
  const city: Filter = { column: "city", op: "is", values: ["Oslo"] };
  const both = withFilter(withFilter([], "age", age), "city", city);
  expect(both).toEqual([age, city]);
  expect(withFilter(both, "age", { column: "age", op: "empty" })).toEqual([
    { column: "age", op: "empty" },
    city,
  ]);
  expect(withFilter(both, "age", null)).toEqual([city]);
});

it("makes of each bar the filter that counts the same rows", () => {
  const bars = barsOf(column({ histogram: { edges: [0, 5, 10], counts: [3, 4] } }));
  expect(bars.map((b) => b.filter)).toEqual([
    { column: "x", op: "range", low: 0, high: 5, below: true },
    { column: "x", op: "range", low: 5, high: 10 },
  ]);
  expect(bars.map((b) => b.words)).toEqual(["0 to below 5", "5 to 10"]);
  const whole = barsOf(column({ kind: "integer", histogram: { edges: [-0.5, 0.5, 1.5], counts: [3, 4] } }));
  expect(whole.map((b) => b.filter.values)).toEqual([[0], [1]]);
  const values = barsOf(column({ kind: "category", top_values: [{ value: "Oslo", count: 3, share: 1 }] }));
  expect(values).toEqual([{ words: "Oslo", count: 3, filter: { column: "x", op: "is", values: ["Oslo"] } }]);
  expect(barsOf(column({ kind: "identifier" }))).toEqual([]);
});

it("says a filter in words", () => {
  const words = (f: Omit<Filter, "column">, kind?: ColumnProfile["kind"]) =>
    filterWords({ column: "x", ...f }, kind);
  expect(words({ op: "range", low: -3, high: null })).toBe("from −3");
  expect(words({ op: "range", high: 8 })).toBe("up to 8");
  expect(words({ op: "range", high: 8, below: true })).toBe("below 8");
  expect(words({ op: "range", low: "2024-01-01T10:00:00", high: null }, "datetime")).toBe(
    "from 2024-01-01 10:00",
  );
  expect(words({ op: "is", values: ["a", "b"] })).toBe("is a or b");
  expect(words({ op: "is", values: ["a", "b", "c", "d", "e"] })).toBe("is a, b, c or 2 more");
  expect(words({ op: "contains", values: ["ann"] })).toBe("contains “ann”");
  expect(words({ op: "empty" })).toBe("is empty");
});

it("speaks of order as the kind of the column does", () => {
  expect(sortWords(true, "integer")).toBe("largest first");
  expect(sortWords(false, "date")).toBe("earliest first");
  expect(sortWords(false, "category")).toBe("A to Z");
});

it("does not say a unit twice", () => {
  expect(nameWithoutUnit("weight (kg)", "kg")).toBe("weight");
  expect(nameWithoutUnit("price", "€")).toBe("price");
  expect(nameWithoutUnit("rate (new)", "%")).toBe("rate (new)");
  expect(nameWithoutUnit("plain", undefined)).toBe("plain");
});
