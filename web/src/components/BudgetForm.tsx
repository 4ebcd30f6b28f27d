import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useId, useRef, useState } from "react";
import { api } from "../api/client";
import { candidatesQuery, experimentQuery, jobQuery, projectQuery } from "../api/queries";
import type { ExperimentOptions, Project } from "../api/types";
import { count, duration } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { AdvancedOptions } from "./train/AdvancedOptions";
import { DEFAULTS, isSound, optionsOf } from "./train/choice";
import { Suggestions } from "./train/Suggestions";

const INTENTS = [
  { name: "Quick", seconds: 60, sentence: "A first answer. Often close to the best." },
  { name: "Standard", seconds: 300, sentence: "Time for every candidate to be tried with care." },
  { name: "Thorough", seconds: 1800, sentence: "For the model you mean to keep." },
] as const;

const LEAST = 3;
const MOST = 86_400;

interface BudgetFormProps {
  readonly project: Project;
  /** A budget that was suggested; otherwise Quick. */
  readonly seconds?: number | undefined;
  readonly onCancel?: (() => void) | undefined;
}

/** How much time the search may take, as an intent or in seconds; the rest has good defaults and can be opened. */
export function BudgetForm({ project, seconds: suggested, onCancel }: BudgetFormProps) {
  const known = INTENTS.some((intent) => intent.seconds === suggested);
  const client = useQueryClient();
  const { data: catalog } = useQuery(candidatesQuery);
  const [seconds, setSeconds] = useState(known && suggested !== undefined ? suggested : 60);
  const [own, setOwn] = useState<string | null>(suggested === undefined || known ? null : String(suggested));
  const [choice, setChoice] = useState(DEFAULTS);
  const id = useId();
  const ownField = useRef<HTMLInputElement>(null);
  const budget = own === null ? seconds : Number(own);
  const inRange = Number.isFinite(budget) && budget >= LEAST && budget <= MOST;
  const wrong = own !== null && own !== "" && !inRange;
  const valid = inRange && isSound(choice);
  const fitting = (catalog ?? []).filter(
    (c) => project.problem == null || c.problems.includes(project.problem),
  );
  const start = useMutation({
    mutationFn: () => {
      const options: ExperimentOptions = {
        ...optionsOf(choice, project.problem, fitting),
        budget_seconds: budget,
      };
      return api.post("/api/v1/projects/{project_id}/experiments", {
        path: { project_id: project.id },
        body: options,
      });
    },
    onSuccess: ({ experiment, job }) => {
      client.setQueryData(experimentQuery(experiment.id).queryKey, experiment);
      client.setQueryData(jobQuery(job.id).queryKey, job);
      client.setQueryData(
        projectQuery(project.id).queryKey,
        (old) => old && { ...old, experiment_id: experiment.id },
      );
      void client.invalidateQueries({ queryKey: ["project", project.id] });
      void client.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
  return (
    <form
      className="card p-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) start.mutate();
      }}
    >
      <fieldset>
        <legend className="font-serif text-17 font-semibold">How much time may the search take?</legend>
        <p className="mt-0.5 text-13 text-ink-2">
          It ends within this time. A baseline and a linear model come first, and the best so far is always
          kept.
        </p>
        <div className="mt-4 grid grid-cols-4 gap-3 max-lg:grid-cols-2 max-sm:grid-cols-1">
          {INTENTS.map((intent) => (
            <Choice
              key={intent.name}
              title={intent.name}
              aside={duration(intent.seconds)}
              sentence={intent.sentence}
              checked={own === null && seconds === intent.seconds}
              onChoose={() => {
                setOwn(null);
                setSeconds(intent.seconds);
              }}
            />
          ))}
          <Choice
            title="Own"
            aside="seconds"
            sentence=""
            checked={own !== null}
            onChoose={() => {
              setOwn(own ?? "");
              ownField.current?.focus();
            }}
          >
            <input
              ref={ownField}
              type="number"
              min={LEAST}
              max={MOST}
              step="any"
              aria-label="Budget in seconds"
              className="field nums mt-1"
              value={own ?? ""}
              placeholder="15"
              onFocus={() => setOwn(own ?? "")}
              onChange={(event) => setOwn(event.target.value)}
              aria-describedby={`${id}-own`}
              aria-invalid={wrong}
            />
          </Choice>
        </div>
        {own !== null && (
          <p
            id={`${id}-own`}
            className={`mt-2 text-13 ${wrong ? "text-bad" : "text-ink-2"}`}
            role={wrong ? "alert" : undefined}
          >
            {`Any number from ${count(LEAST)} to ${count(MOST)} seconds works.`}
          </p>
        )}
      </fieldset>
      <Suggestions project={project.id} />
      <AdvancedOptions project={project} catalog={fitting} value={choice} onChange={setChoice} />
      {start.error && (
        <div className="mt-4">
          <ErrorNote error={start.error} />
        </div>
      )}
      <div className="mt-5 flex gap-2">
        <button type="submit" className="btn btn-primary" disabled={!valid || start.isPending}>
          Start training
        </button>
        {onCancel && (
          <button type="button" className="btn btn-quiet" onClick={onCancel}>
            Keep the present model
          </button>
        )}
      </div>
    </form>
  );
}

interface ChoiceProps {
  readonly title: string;
  readonly aside: string;
  readonly sentence: string;
  readonly checked: boolean;
  readonly onChoose: () => void;
  readonly children?: ReactNode;
}

function Choice({ title, aside, sentence, checked, onChoose, children }: ChoiceProps) {
  return (
    <div
      className={`rounded-6 border p-3 has-[input[type=radio]:focus-visible]:outline-2 has-[input[type=radio]:focus-visible]:outline-offset-2 has-[input[type=radio]:focus-visible]:outline-accent ${
        checked ? "border-accent bg-accent-soft" : "border-line-strong hover:bg-hover"
      }`}
    >
      <label className="block cursor-pointer text-13">
        <span className="flex items-baseline gap-2">
          <input
            type="radio"
            name="budget"
            className="accent-[var(--accent)]"
            checked={checked}
            onChange={onChoose}
          />
          <span className="text-14 font-semibold">{title}</span>
          <span className="nums ml-auto text-12 text-ink-2">{aside}</span>
        </span>
        {sentence && <span className="mt-1 block text-12 text-ink-2">{sentence}</span>}
      </label>
      {children}
    </div>
  );
}
