/** What may be said of a training run beyond its scores. Decided from what the server reports, never from a score. */
import type { CandidateReport, Experiment } from "../api/types";

const BASELINE = "baseline";

/** Whether the delivered model is the baseline: every row gets the same answer. */
export function onlyGuesses(candidates: readonly CandidateReport[], best: string | null): boolean {
  const members = candidates.filter((candidate) => (candidate.weight ?? 0) > 0);
  return members.length > 0 ? members.every(({ name }) => name === BASELINE) : best === BASELINE;
}

/** Why nothing better than the baseline is delivered: the others were no better, did not end, or were not asked for. */
export function whyGuess(candidates: readonly CandidateReport[]): "no_better" | "none_ended" | "none_tried" {
  const others = candidates.filter(({ name }) => name !== BASELINE);
  if (others.some(({ state }) => state === "finished")) return "no_better";
  return others.length > 0 ? "none_ended" : "none_tried";
}

const MOST_OF_BUDGET = 0.5;

/** Whether the run ended because nothing was left to try: no candidate was left out, and half the time was unused. */
export function triedEverything(experiment: Experiment): boolean {
  const { seconds_elapsed: seconds, stopped_early: stopped, options, candidates } = experiment;
  return (
    seconds !== null &&
    !stopped &&
    seconds < MOST_OF_BUDGET * options.budget_seconds &&
    candidates.length > 0 &&
    candidates.every(({ state }) => state === "finished" || state === "failed")
  );
}
