import { expect, test } from "vitest";
import { fieldsOf, initialParams, typedValue, unanswered, valuesOf } from "./stepForm";

const IMPUTE = {
  properties: {
    columns: { anyOf: [{ items: { type: "string" }, type: "array" }, { type: "null" }], default: null },
    method: { default: "median", enum: ["mean", "median"], type: "string", title: "Method" },
    value: { anyOf: [{ type: "string" }, { type: "number" }, { type: "null" }], default: null },
    indicator: { default: false, type: "boolean" },
  },
};

test("every kind of parameter has its own input", () => {
  expect(fieldsOf(IMPUTE).map((field) => [field.name, field.input, field.nullable])).toEqual([
    ["columns", "columns", true],
    ["method", "choice", false],
    ["value", "value", true],
    ["indicator", "switch", false],
  ]);
});

test("start is a column only beside an end", () => {
  const text = { type: "string" };
  expect(fieldsOf({ properties: { start: text, end: text } }).map((f) => f.input)).toEqual([
    "column",
    "column",
  ]);
  expect(fieldsOf({ properties: { start: text } })[0]?.input).toBe("text");
});

test("a new step starts with the defaults and asks for what is required", () => {
  const fields = fieldsOf({
    properties: {
      columns: { items: { type: "string" }, type: "array" },
      decimals: { default: 0, type: "integer" },
    },
    required: ["columns"],
  });
  expect(initialParams(fields)).toEqual({ decimals: 0 });
  expect(unanswered(fields, { columns: [] }).map((field) => field.name)).toEqual(["columns"]);
  expect(unanswered(fields, { columns: ["a"] })).toEqual([]);
});

test("what looks like a number is one, and an empty field is nothing", () => {
  expect([typedValue("12.5"), typedValue("-3e2"), typedValue("12 Main St"), typedValue("")]).toEqual([
    12.5,
    -300,
    "12 Main St",
    null,
  ]);
});

test("comparisons know how many values they need", () => {
  expect(["between", "is_missing", "one_of", "less"].map(valuesOf)).toEqual([2, 0, null, 1]);
});
