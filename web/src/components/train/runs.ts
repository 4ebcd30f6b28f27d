import type { ExperimentLine } from "../../api/training";

export type RunOrder = "newest" | "project" | "score" | "budget";

/** Runs whose project, target or person holds the text, in a state; waiting counts as running. */
export function filtered(runs: readonly ExperimentLine[], text: string, state: string): ExperimentLine[] {
  const wanted = text.trim().toLocaleLowerCase();
  return runs.filter((run) => {
    const held = [run.project_name, run.target, run.started_by ?? ""].join("\n").toLocaleLowerCase();
    const now = run.state === "queued" ? "running" : run.state;
    return held.includes(wanted) && (state === "" || now === state);
  });
}

/** In an order. By score: runs of one measure stand together, the better first whichever way it points. */
export function sorted(runs: readonly ExperimentLine[], order: RunOrder): ExperimentLine[] {
  const newest = (a: ExperimentLine, b: ExperimentLine) => b.created_at.localeCompare(a.created_at);
  return [...runs].sort((a, b) => {
    if (order === "project") return a.project_name.localeCompare(b.project_name) || newest(a, b);
    if (order === "budget") return b.options.budget_seconds - a.options.budget_seconds || newest(a, b);
    if (order === "score") return byScore(a, b) || newest(a, b);
    return newest(a, b);
  });
}

function byScore(a: ExperimentLine, b: ExperimentLine): number {
  if (!a.result || !b.result) return Number(!a.result) - Number(!b.result);
  const measure = a.result.metric_title.localeCompare(b.result.metric_title);
  if (measure !== 0) return measure;
  return a.result.higher_is_better ? b.result.score - a.result.score : a.result.score - b.result.score;
}
