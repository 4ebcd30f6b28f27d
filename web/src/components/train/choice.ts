import type { CatalogCandidate } from "../../api/training";
import type { ExperimentOptions, Project } from "../../api/types";

/** What can be decided before a training besides its budget; numbers as they are typed. */
export interface Choice {
  readonly problem: NonNullable<ExperimentOptions["problem"]>;
  /** Name of the score that ranks models. */
  readonly metric: string;
  readonly split: NonNullable<ExperimentOptions["split"]>;
  /** Column whose rows stay together, for a split by group. */
  readonly group: string;
  readonly seed: string;
  readonly imbalance: NonNullable<ExperimentOptions["imbalance"]>;
  readonly falseAlarm: string;
  readonly missed: string;
  readonly milliseconds: string;
  readonly megabytes: string;
  /** Whether a small, quick model is made beside the full one. */
  readonly twin: boolean;
  /** Candidates that are not to be tried. */
  readonly left: ReadonlySet<string>;
}

export const DEFAULTS: Choice = {
  problem: "auto",
  metric: "auto",
  split: "auto",
  group: "",
  seed: "42",
  imbalance: "auto",
  falseAlarm: "",
  missed: "",
  milliseconds: "",
  megabytes: "",
  twin: false,
  left: new Set(),
};

export const IMBALANCE: Record<Choice["imbalance"], string> = {
  auto: "compare ways, take one only if better",
  none: "do nothing",
  threshold: "move the threshold",
  class_weights: "weigh the classes",
  smote: "SMOTE: make rows between neighbours",
  adasyn: "ADASYN: more rows where it is hard",
  borderline_smote: "BorderlineSMOTE: rows at the border",
};

/** Whether every field holds what it may: nothing, or a number; costs only both or none; groups with their column. */
export function isSound(choice: Choice): boolean {
  const isEmptyOr = (text: string, fits: (value: number) => boolean) => text === "" || fits(Number(text));
  return (
    /^\d+$/.test(choice.seed) &&
    (choice.split !== "group" || choice.group !== "") &&
    (choice.falseAlarm === "") === (choice.missed === "") &&
    [choice.falseAlarm, choice.missed].every((text) => isEmptyOr(text, (value) => value >= 0)) &&
    [choice.milliseconds, choice.megabytes].every((text) => isEmptyOr(text, (value) => value > 0))
  );
}

/** What kind of answer is learned: the one chosen, or the one found in the table. */
export const problemOf = (choice: Choice, found: Project["problem"]) =>
  choice.problem === "auto" ? found : choice.problem;

/** The request for a choice, without its budget; what the form does not show for this kind of answer is not sent. */
export function optionsOf(
  choice: Choice,
  problem: Project["problem"],
  fitting: readonly CatalogCandidate[],
): Omit<ExperimentOptions, "budget_seconds"> {
  const chosen = fitting.filter((c) => c.available && !choice.left.has(c.name)).map((c) => c.name);
  const kind = problemOf(choice, problem);
  const limit = (text: string) => (text === "" ? null : Number(text));
  return {
    problem: choice.problem,
    metric: choice.metric,
    split: choice.split,
    group_column: choice.split === "group" ? choice.group : null,
    seed: Number(choice.seed),
    candidates: choice.left.size === 0 ? null : chosen,
    imbalance: kind === "regression" ? "auto" : choice.imbalance,
    costs:
      choice.falseAlarm === "" || kind !== "binary"
        ? null
        : { false_positive: Number(choice.falseAlarm), false_negative: Number(choice.missed) },
    max_ms_per_row: limit(choice.milliseconds),
    max_megabytes: limit(choice.megabytes),
    twin: choice.twin,
  };
}
