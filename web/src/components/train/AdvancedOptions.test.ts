import { expect, test } from "vitest";
import { DEFAULTS, optionsOf } from "./AdvancedOptions";

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
