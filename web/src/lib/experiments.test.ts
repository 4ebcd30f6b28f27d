import { expect, it } from "vitest";
import type { CandidateReport, Experiment } from "../api/types";
import { onlyGuesses, triedEverything, whyGuess } from "./experiments";

function candidate(name: string, state: CandidateReport["state"], weight = 0): CandidateReport {
  return { name, state, weight } as CandidateReport;
}

function experiment(seconds: number, candidates: CandidateReport[], stopped = false): Experiment {
  return {
    seconds_elapsed: seconds,
    stopped_early: stopped,
    options: { budget_seconds: 60 },
    candidates,
  } as Experiment;
}

const guess = candidate("baseline", "finished", 1);
const learned = candidate("lightgbm", "finished");
const leftOut = candidate("catboost", "skipped");

it("knows a delivered baseline by its weight, or by its name where no weights were told", () => {
  expect(onlyGuesses([guess, leftOut], "baseline")).toBe(true);
  expect(onlyGuesses([candidate("baseline", "finished"), candidate("ridge", "finished", 1)], "ridge")).toBe(
    false,
  );
  expect(onlyGuesses([], "baseline")).toBe(true);
  expect(onlyGuesses([], "ridge")).toBe(false);
});

it("tells a model that guesses for want of time from one that found nothing to learn", () => {
  expect(whyGuess([guess, leftOut])).toBe("none_ended");
  expect(whyGuess([guess, learned, leftOut])).toBe("no_better");
  expect(whyGuess([guess])).toBe("none_tried");
});

it("says that everything was tried only when nothing was left out and time was left", () => {
  expect(triedEverything(experiment(4, [guess, learned]))).toBe(true);
  expect(triedEverything(experiment(4, [guess, learned, leftOut]))).toBe(false);
  expect(triedEverything(experiment(55, [guess, learned]))).toBe(false);
  expect(triedEverything(experiment(4, [guess, learned], true))).toBe(false);
});
