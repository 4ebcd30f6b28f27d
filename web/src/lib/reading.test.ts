import { expect, test } from "vitest";
import type { ImportReport } from "../api/types";
import { asOption, asText, changedTitles, fieldsOf, openQuestions, partLabel } from "./reading";

const PART = { name: "Sales", n_rows: 3, n_columns: 1, size_bytes: null, is_hidden: false };

test("a sheet is offered with its size, and whether it is hidden", () => {
  expect(partLabel(PART)).toBe("Sales (3 rows × 1 column)");
  expect(partLabel({ ...PART, is_hidden: true })).toBe("Sales (3 rows × 1 column), hidden");
});

test("a member of an archive is offered with its bytes, a part that was not counted by its name alone", () => {
  const open = { ...PART, n_rows: null, n_columns: null };
  expect(partLabel({ ...open, size_bytes: 2_000_000 })).toMatch(/^Sales \(\d.* MB\)$/);
  expect(partLabel(open)).toBe("Sales");
});

test("what a control says comes back from the option it stands for", () => {
  for (const [name, text] of [
    ["delimiter", "\t"],
    ["quote", "none"],
    ["thousands", "none"],
    ["skip_lines", "3"],
    ["header_rows", "2"],
    ["header", "false"],
    ["missing_markers", "n/a, -99"],
    ["encoding", ""],
  ] as const) {
    expect(asText(asOption(name, text), name), name).toBe(text);
  }
  expect(asOption("quote", "none")).toEqual({ quote: "" });
  expect(asOption("skip_lines", "many")).toEqual({ skip_lines: null });
});

test("another table of an archive leaves the sheet to the reader", () => {
  expect(asOption("member", "b.xlsx")).toEqual({ member: "b.xlsx", sheet: null });
});

test("only what differs from the present reading counts as a change", () => {
  const inForce = { delimiter: ";", kinds: { code: "text" } } as const;
  expect(changedTitles(inForce, { delimiter: ";", kinds: { code: "text" } })).toEqual([]);
  expect(changedTitles(inForce, { delimiter: ",", kinds: { day: "date" } })).toEqual([
    "Separator",
    "Kind of day",
    "Kind of code",
  ]);
});

const report = (more: Partial<ImportReport>) =>
  ({ format: "xlsx", sheets: [], members: [], ...more }) as ImportReport;

test("a workbook with several sheets asks for the sheet until one was named", () => {
  const several = report({ sheet: "Sales", sheets: [PART, { ...PART, name: "Notes" }] });
  expect(openQuestions(several, {})).toMatchObject([{ name: "sheet", assumed: "Sales" }]);
  expect(openQuestions(several, { sheet: "Notes" })).toEqual([]);
  expect(openQuestions(report({ sheet: "Sales", sheets: [PART] }), {})).toEqual([]);
});

test("a format offers the settings that make a difference for it", () => {
  expect(fieldsOf(report({ format: "parquet" }))).toEqual([]);
  expect(fieldsOf(report({})).map((field) => field.name)).not.toContain("delimiter");
  expect(fieldsOf(report({ members: [PART, PART] }))[0]?.name).toBe("member");
});
