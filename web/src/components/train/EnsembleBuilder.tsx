import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useId, useRef, useState } from "react";
import { api } from "../../api/client";
import { hasEnded, useJob } from "../../api/live";
import { problemFromJob } from "../../api/problem";
import { type Ensemble, type EnsembleChoices, type EnsembleConfig, ensemblesQuery } from "../../api/training";
import { score } from "../../lib/format";
import { ErrorNote } from "../ErrorNote";
import { JobProgress } from "../JobProgress";
import { EnsembleResult } from "./EnsembleResult";

interface EnsembleBuilderProps {
  readonly project: string;
  readonly experiment: string;
}

/** Several finished models of a run become one, when that is better than the best of them. */
export function EnsembleBuilder({ project, experiment }: EnsembleBuilderProps) {
  const { data: choices, error, refetch } = useQuery(ensemblesQuery(experiment));
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (choices === undefined) return null;
  return (
    <section className="card p-4" aria-label="Combine models">
      <h2 className="font-serif text-17 font-semibold">Combine models</h2>
      <p className="mt-0.5 text-13 text-ink-2">
        Several models become one. It is kept only when it is better than the best single model on rows
        neither has seen.
      </p>
      {choices.reason ? (
        <p className="mt-3 text-13">{choices.reason}</p>
      ) : (
        <Form project={project} experiment={experiment} choices={choices} />
      )}
    </section>
  );
}

interface FormProps extends EnsembleBuilderProps {
  readonly choices: EnsembleChoices;
}

function Form({ project, experiment, choices }: FormProps) {
  const client = useQueryClient();
  const newest = choices.ensembles[0];
  const [kind, setKind] = useState<EnsembleConfig["kind"]>("stacking");
  const [members, setMembers] = useState<ReadonlySet<string>>(new Set(choices.suggested));
  const [weights, setWeights] = useState<Readonly<Record<string, string>>>({});
  const [own, setOwn] = useState(false);
  const chosen = choices.kinds.find((each) => each.name === kind);
  const weighed = own && chosen?.takes_weights === true;
  const id = useId();
  const start = useMutation({
    mutationFn: () => {
      const names = choices.members.map(({ name }) => name).filter((name) => members.has(name));
      const given = Object.fromEntries(names.map((name) => [name, Number(weights[name] ?? "1")]));
      return api.post("/api/v1/experiments/{experiment_id}/ensembles", {
        path: { experiment_id: experiment },
        body: { kind, members: names, weights: weighed ? given : null },
      });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ensemblesQuery(experiment).queryKey }),
  });
  const running = newest !== undefined && (newest.state === "queued" || newest.state === "running");
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate();
        }}
      >
        <fieldset className="mt-3" disabled={running}>
          <legend className="sr-only">Kind of combination</legend>
          <div className="inline-flex flex-wrap rounded-6 border border-line-strong p-0.5">
            {choices.kinds.map((each) => (
              <label
                key={each.name}
                className={`cursor-pointer rounded-4 px-3 py-1 text-13 font-medium has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent ${
                  each.name === kind ? "bg-accent-soft text-accent-text" : "text-ink-2 hover:bg-hover"
                }`}
              >
                <input
                  type="radio"
                  name={`${id}-kind`}
                  className="sr-only"
                  checked={each.name === kind}
                  onChange={() => setKind(each.name)}
                />
                {each.title}
              </label>
            ))}
          </div>
        </fieldset>
        <p className="mt-2 min-h-[2.4em] text-13 text-ink-2">{chosen?.sentence}</p>
        <fieldset disabled={running}>
          <legend className="mt-2 text-13 font-medium">Models in it</legend>
          <ul className="mt-1 divide-y divide-line">
            {choices.members.map((member) => (
              <li key={member.name} className="flex min-h-9 items-center gap-3 py-1 text-13">
                <label className="flex min-h-6 min-w-0 grow items-center gap-2.5">
                  <input
                    type="checkbox"
                    className="size-4 shrink-0 accent-[var(--accent)]"
                    checked={members.has(member.name)}
                    onChange={(event) => {
                      const next = new Set(members);
                      if (event.target.checked) next.add(member.name);
                      else next.delete(member.name);
                      setMembers(next);
                    }}
                  />
                  <span className="truncate">{member.title}</span>
                </label>
                <span className="nums text-ink-2">{score(member.score)}</span>
                {weighed && members.has(member.name) && (
                  <input
                    type="number"
                    min={0}
                    step="any"
                    aria-label={`Weight of ${member.title}`}
                    className="field nums w-20"
                    value={weights[member.name] ?? "1"}
                    onChange={(event) => setWeights({ ...weights, [member.name]: event.target.value })}
                  />
                )}
              </li>
            ))}
          </ul>
        </fieldset>
        {chosen?.takes_weights && (
          <label className="mt-2 flex min-h-6 items-center gap-2.5 text-13">
            <input
              type="checkbox"
              className="size-4 accent-[var(--accent)]"
              checked={own}
              disabled={running}
              onChange={(event) => setOwn(event.target.checked)}
            />
            I set the weights
          </label>
        )}
        <button
          type="submit"
          className="btn btn-secondary mt-3"
          disabled={members.size < 2 || running || start.isPending}
        >
          {`Train a ${(chosen?.title ?? "").toLowerCase()} of ${members.size}`}
        </button>
        {members.size < 2 && <p className="mt-1 text-12 text-ink-2">Choose two models or more.</p>}
      </form>
      {start.error && (
        <div className="mt-3">
          <ErrorNote error={start.error} />
        </div>
      )}
      {running && newest && <Running ensemble={newest} project={project} />}
      {!running && newest && <Tried ensemble={newest} project={project} />}
    </>
  );
}

/** The job of an ensemble as it goes; when it has ended, what depends on it is read again. */
function Running({ ensemble, project }: { ensemble: Ensemble; project: string }) {
  const client = useQueryClient();
  const { data: job } = useJob(ensemble.job_id);
  const ended = job !== undefined && hasEnded(job);
  const told = useRef(false);
  useEffect(() => {
    if (!ended || told.current) return;
    told.current = true;
    for (const key of [
      ["ensembles", ensemble.experiment_id],
      ["story", project],
      ["project", project],
      ["models"],
      ["model"],
    ])
      void client.invalidateQueries({ queryKey: key });
  }, [client, ended, ensemble.experiment_id, project]);
  return job && <div className="mt-3">{<JobProgress job={job} title="Training the combination" />}</div>;
}

function Tried({ ensemble, project }: { ensemble: Ensemble; project: string }) {
  if (ensemble.state === "canceled")
    return <p className="mt-3 text-13">Stopped by you. Nothing has changed.</p>;
  if (ensemble.state === "failed") {
    return (
      <div className="mt-3">
        <ErrorNote error={problemFromJob(ensemble.error, "The models could not be combined")} />
      </div>
    );
  }
  if (!ensemble.comparison) return null;
  return (
    <EnsembleResult told={ensemble.comparison}>
      {ensemble.model_version_id && (
        <Link to="/p/$project/evaluate/{-$model}" params={{ project }} className="btn btn-secondary mt-3">
          See how good it is
        </Link>
      )}
    </EnsembleResult>
  );
}
