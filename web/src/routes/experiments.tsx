import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import { type ExperimentLine, experimentsQuery } from "../api/training";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { Skeleton } from "../components/Skeleton";
import { CompareRuns } from "../components/train/CompareRuns";
import { RunTable } from "../components/train/RunTable";
import { filtered, type RunOrder, sorted } from "../components/train/runs";
import { useMayEdit } from "../components/useMayEdit";

const MOST = 4;

/** Every training search of the workspace: what it found, with what settings, and how it compares with others. */
export function ExperimentsPage() {
  const client = useQueryClient();
  const mayEdit = useMayEdit();
  const { data: runs, error, refetch } = useQuery({ ...experimentsQuery, refetchInterval: 5_000 });
  const [text, setText] = useState("");
  const [state, setState] = useState("");
  const [order, setOrder] = useState<RunOrder>("newest");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [job, setJob] = useState<string | null>(null);
  const compare = useMutation({
    mutationFn: () => api.post("/api/v1/experiments/compare", { body: { ids: [...chosen] } }),
    onSuccess: (accepted) => setJob(accepted.job.id),
  });
  const again = useMutation({
    mutationFn: (run: ExperimentLine) =>
      api.post("/api/v1/projects/{project_id}/experiments", {
        path: { project_id: run.project_id },
        body: run.options,
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: experimentsQuery.queryKey }),
  });
  const toggle = (id: string) => {
    setJob(null);
    setChosen(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id].slice(0, MOST));
  };
  const shown = runs && sorted(filtered(runs, text, state), order);
  return (
    <Page
      title="Training runs"
      context={`Scores are on unseen rows.${mayEdit ? " Choose two to four runs to compare them." : ""}`}
    >
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {runs === undefined && !error && <Skeleton label="Loading the runs" />}
      {runs?.length === 0 && (
        <EmptyState
          title="No training yet."
          action={
            <Link to="/" className="btn btn-primary">
              Go to your projects
            </Link>
          }
        >
          <p>Every training of every project is listed here, so that runs can be compared and repeated.</p>
        </EmptyState>
      )}
      {runs && runs.length > 0 && (
        <>
          <form
            className="flex flex-wrap items-end gap-3"
            role="search"
            onSubmit={(event) => {
              event.preventDefault();
              if (chosen.length > 1) compare.mutate();
            }}
          >
            <label className="block text-13">
              <span className="font-medium">Project, target or person</span>
              <input
                className="field mt-1 block w-60 max-sm:w-full"
                value={text}
                onChange={(e) => setText(e.target.value)}
              />
            </label>
            <label className="block text-13">
              <span className="font-medium">State</span>
              <select className="field mt-1" value={state} onChange={(e) => setState(e.target.value)}>
                <option value="">any</option>
                <option value="running">running</option>
                <option value="completed">finished</option>
                <option value="canceled">stopped</option>
                <option value="failed">failed</option>
              </select>
            </label>
            <label className="block text-13">
              <span className="font-medium">Order</span>
              <select
                className="field mt-1"
                value={order}
                onChange={(e) => setOrder(e.target.value as RunOrder)}
              >
                <option value="newest">newest first</option>
                <option value="project">by project</option>
                <option value="score">best score first</option>
                <option value="budget">largest budget first</option>
              </select>
            </label>
            {mayEdit && (
              <button
                type="submit"
                className="btn btn-primary ml-auto max-sm:ml-0"
                disabled={chosen.length < 2 || compare.isPending}
              >
                {chosen.length < 2 ? "Compare runs" : `Compare ${chosen.length} runs`}
              </button>
            )}
          </form>
          {compare.error && <ErrorNote error={compare.error} />}
          {again.error && <ErrorNote error={again.error} />}
          {job !== null && <CompareRuns job={job} onClose={() => setJob(null)} />}
          {shown && shown.length === 0 && (
            <p className="text-13 text-ink-2">No run fits what you look for.</p>
          )}
          {shown && shown.length > 0 && (
            <RunTable
              runs={shown}
              chosen={chosen}
              full={chosen.length === MOST}
              mayEdit={mayEdit}
              onToggle={toggle}
              onAgain={(run) => again.mutate(run)}
            />
          )}
        </>
      )}
    </Page>
  );
}
