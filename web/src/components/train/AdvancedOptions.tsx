import type { CatalogCandidate } from "../../api/training";
import type { ExperimentOptions, Project } from "../../api/types";
import { PROBLEMS } from "../TargetCard";

/** What can be decided before a training besides its budget; numbers as they are typed. */
export interface Choice {
  readonly problem: NonNullable<ExperimentOptions["problem"]>;
  readonly split: NonNullable<ExperimentOptions["split"]>;
  readonly seed: string;
  readonly imbalance: NonNullable<ExperimentOptions["imbalance"]>;
  readonly falseAlarm: string;
  readonly missed: string;
  readonly milliseconds: string;
  readonly megabytes: string;
  /** Candidates that are not to be tried. */
  readonly left: ReadonlySet<string>;
}

export const DEFAULTS: Choice = {
  problem: "auto",
  split: "auto",
  seed: "42",
  imbalance: "auto",
  falseAlarm: "",
  missed: "",
  milliseconds: "",
  megabytes: "",
  left: new Set(),
};

const IMBALANCE: Record<Choice["imbalance"], string> = {
  auto: "compare ways, take one only if better",
  none: "do nothing",
  threshold: "move the threshold",
  class_weights: "weigh the classes",
  smote: "SMOTE: make rows between neighbours",
  adasyn: "ADASYN: more rows where it is hard",
  borderline_smote: "BorderlineSMOTE: rows at the border",
};

/** Whether every field holds what it may: nothing, or a number; costs only both or none. */
export function isSound(choice: Choice): boolean {
  const isEmptyOr = (text: string, fits: (value: number) => boolean) => text === "" || fits(Number(text));
  return (
    /^\d+$/.test(choice.seed) &&
    (choice.falseAlarm === "") === (choice.missed === "") &&
    [choice.falseAlarm, choice.missed].every((text) => isEmptyOr(text, (value) => value >= 0)) &&
    [choice.milliseconds, choice.megabytes].every((text) => isEmptyOr(text, (value) => value > 0))
  );
}

/** What kind of answer is learned: the one chosen, or the one found in the table. */
const problemOf = (choice: Choice, found: Project["problem"]) =>
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
    split: choice.split,
    seed: Number(choice.seed),
    candidates: choice.left.size === 0 ? null : chosen,
    imbalance: kind === "regression" ? "auto" : choice.imbalance,
    costs:
      choice.falseAlarm === "" || kind !== "binary"
        ? null
        : { false_positive: Number(choice.falseAlarm), false_negative: Number(choice.missed) },
    max_ms_per_row: limit(choice.milliseconds),
    max_megabytes: limit(choice.megabytes),
  };
}

interface AdvancedOptionsProps {
  readonly project: Project;
  readonly catalog: readonly CatalogCandidate[];
  readonly value: Choice;
  readonly onChange: (value: Choice) => void;
}

/** The rest has good defaults and can be opened. */
export function AdvancedOptions({ project, catalog, value, onChange }: AdvancedOptionsProps) {
  const set = (part: Partial<Choice>) => onChange({ ...value, ...part });
  const kind = problemOf(value, project.problem);
  return (
    <details className="mt-5 border-t border-line pt-3">
      <summary className="text-13 font-medium">What is tried, and how it is tested</summary>
      <div className="mt-3 grid grid-cols-3 gap-3 max-md:grid-cols-1">
        <Select
          title={`${project.target} is`}
          words={PROBLEMS}
          value={value.problem}
          onChange={(problem) => set({ problem })}
        />
        <Select
          title="Rows kept for the test"
          words={{ auto: "found out from the data", random: "drawn at random", time: "the last in time" }}
          value={value.split}
          onChange={(split) => set({ split })}
        />
        <Field title="Seed" value={value.seed} onChange={(seed) => set({ seed })} />
        {kind !== "regression" && (
          <Select
            title="When a class is rare"
            words={IMBALANCE}
            value={value.imbalance}
            onChange={(imbalance) => set({ imbalance })}
          />
        )}
        {kind === "binary" && (
          <>
            <Field
              title="A false alarm costs"
              value={value.falseAlarm}
              placeholder="not set"
              onChange={(falseAlarm) => set({ falseAlarm })}
            />
            <Field
              title="A missed case costs"
              value={value.missed}
              placeholder="not set"
              onChange={(missed) => set({ missed })}
            />
          </>
        )}
        <Field
          title="At most, ms per row"
          value={value.milliseconds}
          placeholder="no limit"
          onChange={(milliseconds) => set({ milliseconds })}
        />
        <Field
          title="At most, MB"
          value={value.megabytes}
          placeholder="no limit"
          onChange={(megabytes) => set({ megabytes })}
        />
      </div>
      {!isSound(value) && (
        <p role="alert" className="mt-2 text-13 text-bad">
          Numbers only: a whole seed, both costs or none, and limits above zero.
        </p>
      )}
      <Candidates catalog={catalog} left={value.left} onChange={(left) => set({ left })} />
    </details>
  );
}

interface CandidatesProps {
  readonly catalog: readonly CatalogCandidate[];
  readonly left: ReadonlySet<string>;
  readonly onChange: (left: ReadonlySet<string>) => void;
}

function Candidates({ catalog, left, onChange }: CandidatesProps) {
  return (
    <fieldset className="mt-4">
      <legend className="text-13 font-medium">Candidates</legend>
      <ul className="mt-2 grid grid-cols-2 gap-x-6 gap-y-2 max-md:grid-cols-1">
        {catalog.map((candidate) => (
          <li key={candidate.name}>
            <label className="flex items-start gap-2.5 text-13">
              <input
                type="checkbox"
                className="mt-0.5 size-4 shrink-0 accent-[var(--accent)]"
                checked={candidate.available && !left.has(candidate.name)}
                disabled={!candidate.available}
                onChange={(event) => {
                  const next = new Set(left);
                  if (event.target.checked) next.delete(candidate.name);
                  else next.add(candidate.name);
                  onChange(next);
                }}
              />
              <span>
                <span className="font-medium">{candidate.title}</span>
                <span className="block text-12 text-ink-2">
                  {candidate.available ? candidate.sentence : candidate.unavailable_reason}
                </span>
              </span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

interface FieldProps {
  readonly title: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
}

function Field({ title, value, placeholder, onChange }: FieldProps) {
  return (
    <label className="block text-13">
      <span className="font-medium">{title}</span>
      <input
        className="field nums mt-1"
        inputMode="decimal"
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value.trim())}
      />
    </label>
  );
}

interface SelectProps<T extends string> {
  readonly title: string;
  readonly words: Readonly<Record<T, string>>;
  readonly value: T;
  readonly onChange: (value: T) => void;
}

function Select<T extends string>({ title, words, value, onChange }: SelectProps<T>) {
  return (
    <label className="block text-13">
      <span className="font-medium">{title}</span>
      <select className="field mt-1" value={value} onChange={(event) => onChange(event.target.value as T)}>
        {Object.entries<string>(words).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
