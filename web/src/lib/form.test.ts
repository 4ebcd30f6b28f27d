import { expect, it } from "vitest";
import type { ContractColumn } from "../api/types";
import { fromField, isOutside, oneSpelling, toField, typicalRow } from "./form";

const column = (change: Partial<ContractColumn>): ContractColumn => ({
  name: "tenure",
  kind: "integer",
  dtype: "Int64",
  required: false,
  typical: 29,
  minimum: 0,
  maximum: 72,
  categories: [],
  missing_share: 0,
  ...change,
});

it("starts with a typical row", () => {
  expect(typicalRow([column({}), column({ name: "plan", kind: "category", typical: "Basic" })])).toEqual({
    tenure: 29,
    plan: "Basic",
  });
});

it("reads numbers with either decimal mark, and leaves what it cannot read to the server", () => {
  expect(fromField("12,5", "decimal")).toBe(12.5);
  expect(fromField("", "integer")).toBeNull();
  expect(fromField("many", "integer")).toBe("many");
  expect(fromField("true", "boolean")).toBe(true);
  expect(fromField("007", "category")).toBe("007");
});

it("offers a word that is spelled in several ways once, in its most frequent spelling", () => {
  const choices = [
    { value: "Berlin", share: 0.18 },
    { value: "HAMBURG", share: 0.15 },
    { value: "Hamburg", share: 0.17 },
    { value: " berlin", share: 0.1 },
    { value: "m", share: 0.1 },
    { value: "M", share: 0.1 },
  ];
  expect(oneSpelling(choices).map((choice) => choice.value)).toEqual(["Berlin", "Hamburg", "m", "M"]);
});

it("shows times in the form that the field wants", () => {
  expect(toField("2024-05-01T00:00:00", "date")).toBe("2024-05-01");
  expect(toField("2024-05-01T12:30:00", "datetime")).toBe("2024-05-01T12:30");
  expect(toField(null, "integer")).toBe("");
});

it("knows when a value lies outside what was seen", () => {
  expect(isOutside(80, column({}))).toBe(true);
  expect(isOutside(72, column({}))).toBe(false);
  expect(isOutside("x", column({}))).toBe(false);
});
