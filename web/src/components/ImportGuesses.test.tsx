import { expect, test } from "vitest";
import { partLabel } from "./ImportGuesses";

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
