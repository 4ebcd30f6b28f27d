import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Target } from "lucide-react";
import { useId, useState } from "react";
import { api } from "../api/client";
import { useJob } from "../api/live";
import { problemFromJob } from "../api/problem";
import { jobQuery, projectQuery } from "../api/queries";
import type { Job, ProfileOverview, Project } from "../api/types";
import { ErrorNote } from "./ErrorNote";
import { JobProgress } from "./JobProgress";

export const PROBLEMS = {
  auto: "found out from the column",
  binary: "one of two answers",
  multiclass: "one of several answers",
  regression: "a number",
} as const;

/** Columns in the list at most; of a wide table they are found by a part of their name. */
const LISTED = 500;

interface TargetCardProps {
  readonly project: Project;
  readonly profile: ProfileOverview;
  /** Why there is no target yet, in words of the server. */
  readonly reason?: string | null | undefined;
}

/** The one question of the stage: what should be predicted? Suggested with its reason, decided by the person. */
export function TargetCard({ project, profile, reason }: TargetCardProps) {
  const id = useId();
  const client = useQueryClient();
  const suggestion = profile.suggested_targets[0];
  const [find, setFind] = useState("");
  const [editing, setEditing] = useState(false);
  const [column, setColumn] = useState(project.target ?? suggestion?.column ?? "");
  const [problem, setProblem] = useState<keyof typeof PROBLEMS>("auto");
  const [jobId, setJobId] = useState<string | null>(null);
  const [refused, setRefused] = useState<{ column: string; error: Job["error"] } | null>(null);
  const refresh = () => {
    for (const key of ["profile", "story", "project"]) void client.invalidateQueries({ queryKey: [key] });
  };
  const { data: job } = useJob(jobId, (ended) => {
    // A column that cannot be predicted is not the target: the choice stays open, with the reason beside it.
    setRefused(ended.state === "failed" ? { column, error: ended.error } : null);
    setEditing(ended.state === "failed");
    setJobId(null);
    refresh();
  });
  const choose = useMutation({
    onMutate: () => setRefused(null),
    mutationFn: (target: string | null) =>
      api.put("/api/v1/projects/{project_id}/target", {
        path: { project_id: project.id },
        body: { target, problem },
      }),
    onSuccess: ({ project: changed, job: started }) => {
      client.setQueryData(projectQuery(project.id).queryKey, changed);
      if (started) {
        client.setQueryData(jobQuery(started.id).queryKey, started);
        setJobId(started.id);
      } else {
        setEditing(false);
        refresh();
      }
    },
  });
  if (jobId !== null && job) return <JobProgress job={job} title={`Profiling for ${column}`} />;
  const chosen = project.target ?? null;
  if (chosen !== null && !editing) {
    return (
      <section className="card shrink-0 p-4" aria-label="Target">
        <p className="flex items-center gap-1.5 text-12 text-ink-2">
          <Target size={14} aria-hidden />
          Predicts {project.problem ? PROBLEMS[project.problem] : ""}
        </p>
        <p className="mt-0.5 font-serif text-20 font-semibold break-words">{chosen}</p>
        {profile.problem_reason && (
          <p className="mt-1 text-13 text-ink-2">{`Because ${profile.problem_reason.replace(/\.$/, "")}.`}</p>
        )}
        <button type="button" className="btn btn-secondary mt-3" onClick={() => setEditing(true)}>
          Change the target
        </button>
      </section>
    );
  }
  const suggested = profile.suggested_targets.find((s) => s.column === column);
  const wanted = find.trim().toLowerCase();
  const listed = profile.names
    .filter((name) => !profile.suggested_targets.some((s) => s.column === name))
    .filter((name) => wanted === "" || name === column || name.toLowerCase().includes(wanted))
    .slice(0, LISTED);
  return (
    <section className="card shrink-0 border-accent/50 p-4" aria-label="Target">
      <h2 className="font-serif text-17 font-semibold">What should be predicted?</h2>
      {refused === null && reason && <p className="mt-1 text-13 text-ink-2">{reason}</p>}
      <label htmlFor={id} className="mt-3 block text-13 font-medium">
        Target column
      </label>
      {profile.names.length > LISTED && (
        <input
          type="search"
          className="field mt-1"
          aria-label="Find a column to predict"
          placeholder="Find a column"
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
      )}
      <select
        id={id}
        data-focus="target"
        className="field mt-1"
        value={column}
        onChange={(event) => setColumn(event.target.value)}
      >
        {column === "" && <option value="">Choose a column</option>}
        {profile.suggested_targets.length > 0 && (
          <optgroup label="Suggested">
            {profile.suggested_targets.map((s) => (
              <option key={s.column}>{s.column}</option>
            ))}
          </optgroup>
        )}
        <optgroup label="All columns">
          {listed.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </optgroup>
      </select>
      {suggested && <p className="mt-2 text-13 text-ink-2">{suggested.reason}</p>}
      <label className="mt-3 block text-13">
        <span className="font-medium">It is</span>
        <select
          className="field mt-1"
          value={problem}
          onChange={(event) => setProblem(event.target.value as keyof typeof PROBLEMS)}
        >
          {Object.entries(PROBLEMS).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {(choose.error ?? refused) && (
        <div className="mt-3">
          <ErrorNote
            error={choose.error ?? problemFromJob(refused?.error, `${refused?.column} cannot be predicted`)}
          />
        </div>
      )}
      <div className="mt-4 flex flex-wrap gap-2">
        <button
          type="button"
          className="btn btn-primary min-w-0"
          disabled={column === "" || choose.isPending}
          onClick={() => choose.mutate(column)}
        >
          <span className="truncate">Predict {column}</span>
        </button>
        {chosen === null ? (
          <button
            type="button"
            className="btn btn-quiet"
            disabled={choose.isPending}
            onClick={() => choose.mutate(null)}
          >
            Decide later
          </button>
        ) : (
          <button type="button" className="btn btn-quiet" onClick={() => setEditing(false)}>
            Keep {chosen}
          </button>
        )}
      </div>
    </section>
  );
}
