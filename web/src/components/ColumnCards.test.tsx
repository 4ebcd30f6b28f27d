import { expect, it } from "vitest";
import type { ColumnProfile } from "../api/types";
import { statistics } from "./ColumnCards";

const column: ColumnProfile = {
  name: "price",
  kind: "decimal",
  kind_confidence: 1,
  dtype: "Float64",
  count: 90,
  missing: 10,
  missing_share: 0.1,
  distinct: 40,
  quality: 100,
  mean: -2.5,
  patterns: [],
  quality_losses: {},
  facts: [],
  top_values: [],
  quantiles: { "0.5": 3 },
};

it("writes what was computed, leaves out what does not suit the kind, and writes a minus as a minus", () => {
  expect(statistics(column)).toEqual([
    ["Filled", "90"],
    ["Empty", "10 (10%)"],
    ["Different values", "40"],
    ["50% lie below", "3"],
    ["Mean", "−2.5"],
  ]);
});
