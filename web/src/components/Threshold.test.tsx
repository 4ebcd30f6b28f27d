import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { Evaluation } from "../api/types";
import { nearestRow, step, ThresholdPanel, type ThresholdRow } from "./Threshold";

const row = (threshold: number, found: number): ThresholdRow => ({
  threshold,
  true_positive: found,
  false_negative: 100 - found,
  false_positive: found / 2,
  true_negative: 400 - found / 2,
  precision: 2 / 3,
  recall: found / 100,
});
const rows = [row(0.1, 90), row(0.4, 70), row(0.5, 60), row(0.9, 10)];
const evaluation = { classes: ["no", "yes"], threshold: 0.5 } as unknown as Evaluation;

it("looks up what was computed and never interpolates", () => {
  expect(nearestRow(rows, 0.46)).toBe(2);
  expect(nearestRow(rows, 0)).toBe(0);
  expect(nearestRow(rows, 1)).toBe(3);
});

it("always moves when a key is pressed, however far the next computed threshold is", () => {
  expect(step(rows, 2, 0.501)).toBe(3);
  expect(step(rows, 2, 0.499)).toBe(1);
  expect(step(rows, 0, 0.099)).toBe(0);
});

it("shows the counts of the chosen threshold and says when it is not the model's own", () => {
  const onMove = vi.fn();
  render(<ThresholdPanel evaluation={evaluation} rows={rows} at={1} onMove={onMove} />);
  expect(screen.getByRole("cell", { name: /^70/ })).toBeDefined();
  expect(screen.getByText("What if: the model keeps its own threshold")).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "Back to 0.500" }));
  expect(onMove).toHaveBeenCalledWith(0.5);
  fireEvent.change(screen.getByRole("slider", { name: "Threshold" }), { target: { value: "0.88" } });
  expect(onMove).toHaveBeenLastCalledWith(0.9);
});
