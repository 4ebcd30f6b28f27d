import { useQuery } from "@tanstack/react-query";
import { type CatalogCandidate, metricsQuery, schemaQuery } from "../../api/training";
import type { Project } from "../../api/types";
import { PROBLEMS } from "../TargetCard";
import { type Choice, IMBALANCE, isSound, problemOf } from "./choice";
import { Field, Select } from "./Fields";

interface AdvancedOptionsProps {
  readonly project: Project;
  readonly catalog: readonly CatalogCandidate[];
  readonly value: Choice;
  readonly onChange: (value: Choice) => void;
}

interface PartProps {
  readonly project: Project;
  readonly value: Choice;
  readonly set: (part: Partial<Choice>) => void;
}

const GRID = "mt-3 grid grid-cols-3 gap-3 max-md:grid-cols-1";

/** The rest has good defaults and can be opened: first what many decide, then what few do. */
export function AdvancedOptions({ project, catalog, value, onChange }: AdvancedOptionsProps) {
  const set = (part: Partial<Choice>) => onChange({ ...value, ...part });
  return (
    <details className="mt-5 border-t border-line pt-3">
      <summary className="text-13 font-medium">More choices</summary>
      <div className={GRID}>
        <MetricChoice project={project} value={value} set={set} />
        <SplitChoice project={project} value={value} set={set} />
        <div>
          <div className="grid grid-cols-2 gap-2">
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
          <label className="mt-2 flex items-start gap-2.5 text-13">
            <input
              type="checkbox"
              className="mt-0.5 size-4 shrink-0 accent-[var(--accent)]"
              checked={value.twin}
              onChange={(event) => set({ twin: event.target.checked })}
            />
            <span>
              <span className="font-medium">Make a small, quick twin too</span>
              <span className="block text-12 text-ink-2">
                It answers as the full model does; what that costs in score is told.
              </span>
            </span>
          </label>
        </div>
      </div>
      <Rare project={project} value={value} set={set} />
      <div className={GRID}>
        <Select
          title={`${project.target} is`}
          words={PROBLEMS}
          value={value.problem}
          onChange={(problem) => set({ problem, metric: "auto" })}
        />
        <Field title="Seed" value={value.seed} onChange={(seed) => set({ seed })} />
      </div>
      {!isSound(value) && (
        <p role="alert" className="mt-2 text-13 text-bad">
          {value.split === "group" && value.group === ""
            ? "Choose the column that tells the groups apart."
            : "Numbers only: a whole seed, both costs or none, and limits above zero."}
        </p>
      )}
      <Candidates catalog={catalog} left={value.left} onChange={(left) => set({ left })} />
    </details>
  );
}

/** The score that decides which model is best, with its meaning. */
function MetricChoice({ project, value, set }: PartProps) {
  const { data: metrics } = useQuery(metricsQuery);
  const kind = problemOf(value, project.problem);
  const fitting = (metrics ?? []).filter((each) => kind == null || each.problems.includes(kind));
  const usual = fitting.find((each) => kind != null && each.is_usual_for.includes(kind));
  const chosen = value.metric === "auto" ? usual : fitting.find((each) => each.name === value.metric);
  const others = fitting.filter((each) => each !== usual);
  const words = {
    auto: usual ? `${usual.title} (usual)` : "the usual one",
    ...Object.fromEntries(others.map((each) => [each.name, each.title])),
  };
  return (
    <div>
      <Select
        title="The best model is the one with the best"
        words={words}
        value={value.metric}
        onChange={(metric) => set({ metric })}
      />
      <p className="mt-1 text-12 text-ink-2">{chosen?.sentence}</p>
    </div>
  );
}

const SPLITS: Record<Choice["split"], { readonly title: string; readonly sentence: string }> = {
  auto: {
    title: "found out from the data",
    sentence: "By time where rows have one and the target follows it, else at random.",
  },
  random: { title: "drawn at random", sentence: "Right when rows have nothing to do with each other." },
  time: { title: "the last in time", sentence: "Right when the model will answer about the future." },
  group: {
    title: "whole groups",
    sentence: "Right when several rows are of one customer, patient or device: none is on both sides.",
  },
};

/** Which rows are kept for the test. */
function SplitChoice({ project, value, set }: PartProps) {
  const { data: schema } = useQuery(
    schemaQuery(value.split === "group" ? (project.dataset_id ?? null) : null),
  );
  const columns = (schema?.columns ?? []).map(({ name }) => name).filter((name) => name !== project.target);
  return (
    <div>
      <Select
        title="Rows kept for the test"
        words={{
          auto: SPLITS.auto.title,
          random: SPLITS.random.title,
          time: SPLITS.time.title,
          group: SPLITS.group.title,
        }}
        value={value.split}
        onChange={(split) => set({ split })}
      />
      <p className="mt-1 text-12 text-ink-2">{SPLITS[value.split].sentence}</p>
      {value.split === "group" && (
        <div className="mt-2">
          <Select
            title="Rows belong together that share"
            words={{ "": "choose a column", ...Object.fromEntries(columns.map((name) => [name, name])) }}
            value={value.group}
            onChange={(group) => set({ group })}
          />
        </div>
      )}
    </div>
  );
}

/** What is done about a rare class, and what mistakes cost; nothing for numbers. */
function Rare({ project, value, set }: PartProps) {
  const kind = problemOf(value, project.problem);
  if (kind === "regression") return null;
  return (
    <div className={GRID}>
      <Select
        title="When a class is rare"
        words={IMBALANCE}
        value={value.imbalance}
        onChange={(imbalance) => set({ imbalance })}
      />
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
    </div>
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
