import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import type { ModelVersionDetail, Story } from "../api/types";
import { onlyGuesses, whyGuess } from "../lib/experiments";
import { duration } from "../lib/format";

const REASONS = {
  no_better: "No candidate that learns from the columns did better than that: they may say nothing about it.",
  none_ended:
    "No candidate that learns from the columns gave a score in the time allowed; the leaderboard says why.",
  none_tried: "No candidate that learns from the columns was asked for.",
} as const;

interface GuessNoteProps {
  readonly project: string;
  readonly version: ModelVersionDetail;
  readonly story?: Story | null | undefined;
}

/** Says plainly that a delivered model has learned nothing, why, and what to do; nothing for any other model. */
export function GuessNote({ project, version, story }: GuessNoteProps) {
  if (!onlyGuesses(version.candidates, version.best_candidate)) return null;
  const why = whyGuess(version.candidates);
  const seconds = suggestedBudget(story);
  return (
    <section
      className="card flex items-start gap-3 border-warn/50 bg-warn-soft p-4"
      aria-label="Only a guess"
    >
      <TriangleAlert size={18} aria-hidden className="mt-0.5 shrink-0 text-warn" />
      <div className="min-w-0">
        <h2 className="font-serif text-17 font-semibold">This model only guesses.</h2>
        <p className="mt-1">
          {`It gives every row the same answer for ${version.target}, whatever its columns say. `}
          {REASONS[why]}
        </p>
        <Link
          to="/p/$project/train"
          params={{ project }}
          search={seconds === null ? {} : { budget: seconds }}
          className={`btn mt-3 ${why === "no_better" ? "btn-secondary" : "btn-primary"}`}
        >
          {seconds === null ? "Train again" : `Train again with ${duration(seconds)}`}
        </Link>
      </div>
    </section>
  );
}

/** The time that the server offers for the next run. */
function suggestedBudget(story: Story | null | undefined): number | null {
  const seconds = story?.next_steps.find((step) => step.action === "train")?.arguments?.["budget_seconds"];
  return typeof seconds === "number" ? seconds : null;
}
