import type { Project } from "../api/types";

/** What the leaderboard ranks by before a model says so itself: the primary metric of each problem. */
export interface MetricWords {
  readonly title: string;
  readonly higherIsBetter: boolean;
  readonly axis: string;
}

const WORDS: Record<NonNullable<Project["problem"]>, MetricWords> = {
  binary: {
    title: "ROC AUC",
    higherIsBetter: true,
    axis: "ROC AUC on held-out folds with its interval. 0.5 is guessing, 1 is perfect.",
  },
  multiclass: {
    title: "Log loss",
    higherIsBetter: false,
    axis: "Log loss on held-out folds with its interval. Lower is better, 0 is perfect.",
  },
  regression: {
    title: "RMSE",
    higherIsBetter: false,
    axis: "RMSE on held-out folds with its interval. Lower is better, 0 is perfect.",
  },
};

interface ToldMetric {
  readonly metric_title?: string;
  readonly higher_is_better?: boolean | null;
}

/** The metric that a run or a model says it was ranked by; the usual one of the problem until it says so. */
export function shownMetric(
  told: ToldMetric | null | undefined,
  problem: Project["problem"] | undefined,
): MetricWords {
  const usual = WORDS[problem ?? "binary"];
  if (!told?.metric_title || told.higher_is_better == null || told.metric_title === usual.title) return usual;
  return {
    title: told.metric_title,
    higherIsBetter: told.higher_is_better,
    axis: `${told.metric_title} on held-out folds with its interval. ${told.higher_is_better ? "Higher" : "Lower"} is better.`,
  };
}

/** Names of companion scores for people; the keys are those of the engine. */
const NAMES: Record<string, { readonly title: string; readonly percent: boolean }> = {
  accuracy: { title: "Accuracy", percent: true },
  balanced_accuracy: { title: "Balanced accuracy", percent: true },
  precision: { title: "Precision", percent: true },
  recall: { title: "Recall", percent: true },
  f1: { title: "F1", percent: false },
  roc_auc: { title: "ROC AUC", percent: false },
  average_precision: { title: "Average precision", percent: false },
  brier: { title: "Brier score", percent: false },
  log_loss: { title: "Log loss", percent: false },
  rmse: { title: "RMSE", percent: false },
  mae: { title: "Mean absolute error", percent: false },
  r2: { title: "R²", percent: false },
};

export function scoreName(key: string): { readonly title: string; readonly percent: boolean } {
  return NAMES[key] ?? { title: key.replaceAll("_", " "), percent: false };
}
