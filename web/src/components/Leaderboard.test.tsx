import { render, screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import type { CandidateReport } from "../api/types";
import { Leaderboard, rank } from "./Leaderboard";

const candidate = (change: Partial<CandidateReport>): CandidateReport => ({
  name: "x",
  title: "X",
  sentence: "A sentence.",
  state: "waiting",
  fold_scores: [],
  folds: 5,
  folds_done: 0,
  seconds: 0,
  weight: 0,
  settings: {},
  ties_with_best: false,
  ...change,
});

const candidates = [
  candidate({ name: "waits", title: "Waits" }),
  candidate({
    name: "worse",
    title: "Worse",
    state: "finished",
    score: 0.81,
    interval: [0.79, 0.83],
    seconds: 3,
  }),
  candidate({ name: "failed", title: "Failed", state: "failed", reason: "needs two classes" }),
  candidate({
    name: "best",
    title: "Best",
    state: "finished",
    score: 0.87,
    interval: [0.85, 0.89],
    seconds: 11,
  }),
  candidate({
    name: "tie",
    title: "Tie",
    state: "finished",
    score: 0.868,
    interval: [0.84, 0.89],
    ties_with_best: true,
  }),
  candidate({ name: "runs", title: "Runs", state: "running", folds_done: 2 }),
];

it("puts the best score first, whichever direction is better", () => {
  expect(rank(candidates, true).map((c) => c.name)).toEqual([
    "best",
    "tie",
    "worse",
    "runs",
    "waits",
    "failed",
  ]);
  expect(rank(candidates, false).map((c) => c.name)[0]).toBe("worse");
});

it("says in words what the interval, the state and a tie are", () => {
  render(
    <Leaderboard
      candidates={candidates}
      metricTitle="ROC AUC"
      higherIsBetter
      best="best"
      axis="0.5 is guessing."
    />,
  );
  const row = (name: string) => screen.getByRole("row", { name: new RegExp(`^${name}`) });
  expect(within(row("Best")).getByRole("img", { name: "leads" })).toBeDefined();
  expect(within(row("Best")).getByText("95% interval 0.850 to 0.890")).toBeDefined();
  expect(within(row("Tie")).getByText("as good as the leader")).toBeDefined();
  expect(within(row("Runs")).getByRole("progressbar").getAttribute("aria-valuenow")).toBe("40");
  expect(within(row("Failed")).getByText("needs two classes")).toBeDefined();
  expect(within(row("Waits")).getByText("waiting")).toBeDefined();
});
