import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ReasonList } from "./ReasonList";

it("shows what each column did, signed and in the unit of the answer, and hides what did nothing", () => {
  render(
    <ReasonList
      reasons={[
        { column: "contract", value: "monthly", effect: 0.185, text: "contract is monthly" },
        { column: "age", value: 46, effect: -0.02, text: "age is 46" },
        { column: "city", value: null, effect: 0, text: "city is empty" },
      ]}
      base={0.14}
      asPoints
      subject="yes"
    />,
  );
  expect(screen.getAllByRole("listitem")).toHaveLength(2);
  expect(screen.getByText("+18.5 points")).toBeDefined();
  expect(screen.getByText("−2.0 points")).toBeDefined();
  expect(screen.getByText(/the model stands at 14%, its average in odds/)).toBeDefined();
});
