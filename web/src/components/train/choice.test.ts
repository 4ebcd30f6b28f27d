import { expect, test } from "vitest";
import { DEFAULTS, isSound, optionsOf } from "./choice";

const choice = { ...DEFAULTS, falseAlarm: "1", missed: "5", imbalance: "smote" as const };

test("what the form does not show for this kind of answer is not sent", () => {
  expect(optionsOf(choice, "binary", [])).toMatchObject({
    imbalance: "smote",
    costs: { false_positive: 1, false_negative: 5 },
  });
  expect(optionsOf(choice, "multiclass", [])).toMatchObject({ imbalance: "smote", costs: null });
  expect(optionsOf(choice, "regression", [])).toMatchObject({ imbalance: "auto", costs: null });
  expect(optionsOf({ ...choice, problem: "regression" }, "binary", [])).toMatchObject({ costs: null });
});

test("groups need their column, which is sent only with them", () => {
  expect(isSound({ ...DEFAULTS, split: "group" })).toBe(false);
  const grouped = { ...DEFAULTS, split: "group" as const, group: "customer" };
  expect(isSound(grouped)).toBe(true);
  expect(optionsOf(grouped, "binary", [])).toMatchObject({ split: "group", group_column: "customer" });
  expect(optionsOf({ ...grouped, split: "time" }, "binary", [])).toMatchObject({ group_column: null });
});

test("the chosen score and the wish for a twin are sent", () => {
  expect(optionsOf({ ...DEFAULTS, twin: true }, "binary", [])).toMatchObject({ twin: true });
  expect(optionsOf({ ...DEFAULTS, metric: "f1" }, "binary", [])).toMatchObject({ metric: "f1" });
  expect(optionsOf(DEFAULTS, "binary", [])).toMatchObject({ metric: "auto" });
});
