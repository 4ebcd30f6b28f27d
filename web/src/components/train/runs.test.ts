import { expect, test } from "vitest";
import type { ExperimentLine } from "../../api/training";
import { placeLabels, steps } from "./RunCharts";
import { filtered, sorted } from "./runs";

function run(part: Partial<ExperimentLine>, score?: number, higher = true): ExperimentLine {
  const result =
    score === undefined
      ? null
      : {
          metric_title: higher ? "ROC AUC" : "RMSE",
          higher_is_better: higher,
          score,
          interval: [0, 1],
          baseline_score: 0,
          best_title: "Ridge",
          curve: [],
          replay_hash: null,
        };
  return {
    id: "exp",
    project_name: "Churn",
    target: "left",
    started_by: "Ada",
    state: "completed",
    created_at: "2026-01-01",
    options: { budget_seconds: 60 },
    result,
    ...part,
  } as ExperimentLine;
}

test("runs are found by project, target and person, whatever the case", () => {
  const runs = [run({ id: "a" }), run({ id: "b", project_name: "Prices", started_by: "Bo" })];
  expect(filtered(runs, "pri", "").map(({ id }) => id)).toEqual(["b"]);
  expect(filtered(runs, "ADA", "").map(({ id }) => id)).toEqual(["a"]);
});

test("a waiting run counts as running", () => {
  const runs = [run({ id: "a", state: "queued" }), run({ id: "b" })];
  expect(filtered(runs, "", "running").map(({ id }) => id)).toEqual(["a"]);
});

test("the best score comes first whichever way the measure points, and runs without one last", () => {
  const runs = [
    run({ id: "none" }),
    run({ id: "low" }, 0.7),
    run({ id: "large error" }, 9, false),
    run({ id: "high" }, 0.9),
    run({ id: "small error" }, 3, false),
  ];
  expect(sorted(runs, "score").map(({ id }) => id)).toEqual([
    "small error",
    "large error",
    "high",
    "low",
    "none",
  ]);
});

test("labels of points in one place do not cover each other", () => {
  const placed = placeLabels(
    [
      { x: 100, y: 100, text: "Ridge" },
      { x: 101, y: 101, text: "Ridge" },
      { x: 102, y: 102, text: "Ridge" },
    ],
    600,
  );
  const heights = placed.map(({ y }) => y).sort((a, b) => a - b);
  expect((heights[1] ?? 0) - (heights[0] ?? 0)).toBeGreaterThanOrEqual(13);
  expect((heights[2] ?? 0) - (heights[1] ?? 0)).toBeGreaterThanOrEqual(13);
});

test("a label without room on the right stands on the left of its point", () => {
  const [place] = placeLabels([{ x: 590, y: 50, text: "Nearest neighbors" }], 600);
  expect(place?.x).toBeLessThan(590 - 100);
});

test("the best so far stays until a better one is found", () => {
  const curve = [
    { seconds: 1, score: 0.5 },
    { seconds: 4, score: 0.8 },
  ];
  expect(steps(curve)).toEqual({ x: [1, 4, 4], y: [0.5, 0.5, 0.8] });
});
