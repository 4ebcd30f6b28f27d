import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { TwinNote } from "./TwinNote";

it("shows the twin beside the full model and gives its file", () => {
  const twin = {
    sentence: "It loses 0.010.",
    score: 0.86,
    full_score: 0.87,
    ms_per_row: 0.0123,
    n_rows: 200,
  };
  render(<TwinNote experiment="exp_1" twin={twin} />);
  expect(screen.getByRole("row", { name: "Score, same rows 0.860 0.870" })).toBeDefined();
  expect(screen.getByRole("row", { name: "ms per row 0.012 –" })).toBeDefined();
  expect(screen.getByRole("link").getAttribute("href")).toBe("/api/v1/experiments/exp_1/twin");
});

it("says only why there is no twin, without a file", () => {
  render(<TwinNote experiment="exp_1" twin={{ sentence: "The full model is small already.", n_rows: 0 }} />);
  expect(screen.getByText("The full model is small already.")).toBeDefined();
  expect(screen.queryByRole("link")).toBeNull();
  expect(screen.queryByRole("table")).toBeNull();
});
