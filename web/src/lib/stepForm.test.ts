import { expect, test } from "vitest";
import { fieldsOf, initialParams, typedValue, unanswered, valuesOf } from "./stepForm";

const IMPUTE = {
  properties: {
    columns: { anyOf: [{ items: { type: "string" }, type: "array" }, { type: "null" }], default: null },
    method: { default: "median", enum: ["mean", "median"], type: "string", title: "Method" },
    value: { anyOf: [{ type: "string" }, { type: "number" }, { type: "null" }], default: null },
    order: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
    indicator: { default: false, type: "boolean" },
  },
};
const COLUMNS = ["columns", "order"];

test("every kind of parameter has its own input", () => {
  expect(
    fieldsOf({ parameters: IMPUTE, column_params: COLUMNS }).map((field) => [
      field.name,
      field.input,
      field.nullable,
    ]),
  ).toEqual([
    ["columns", "columns", true],
    ["method", "choice", false],
    ["value", "value", true],
    ["order", "column", true],
    ["indicator", "switch", false],
  ]);
});

test("a parameter is a column only where the step says so, whatever it is called", () => {
  const parameters = {
    properties: { start: { type: "string" }, order: { items: { type: "string" }, type: "array" } },
  };
  const inputs = (column_params: string[]) => fieldsOf({ parameters, column_params }).map((f) => f.input);
  expect(inputs(["start"])).toEqual(["column", "words"]);
  expect(inputs(["order"])).toEqual(["text", "columns"]);
});

test("a new step starts with the defaults and asks for what is required", () => {
  const fields = fieldsOf({
    parameters: {
      properties: {
        columns: { items: { type: "string" }, type: "array" },
        decimals: { default: 0, type: "integer" },
      },
      required: ["columns"],
    },
    column_params: ["columns"],
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
