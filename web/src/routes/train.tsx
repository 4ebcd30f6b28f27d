import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CircleStop } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { isRunning, useExperiment, useJob } from "../api/live";
import { problemFromJob } from "../api/problem";
import { versionQuery } from "../api/queries";
import { useReach } from "../api/reach";
import type { Experiment, Project, Story } from "../api/types";
import { BudgetForm } from "../components/BudgetForm";
import { LockedStage } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { GuessNote } from "../components/GuessNote";
import { Leaderboard } from "../components/Leaderboard";
import { Page, WithPanel } from "../components/Page";
import { LiveText, ProgressBar } from "../components/Progress";
import { Skeleton } from "../components/Skeleton";
import { StoryPanel, TriedEverything } from "../components/Story";
import { useMayEdit } from "../components/useMayEdit";
import { useStage } from "../components/useStage";
import { useStoryActions, withoutTraining } from "../components/useStoryActions";
import { onlyGuesses, triedEverything } from "../lib/experiments";
import { count, duration, percent, timeLeft } from "../lib/format";
import { shownMetric } from "../lib/metrics";

const RunCharts = lazy(() => import("../components/train/RunCharts").then((m) => ({ default: m.RunCharts })));
const TwinNote = lazy(() => import("../components/train/TwinNote").then((m) => ({ default: m.TwinNote })));
const EnsembleBuilder = lazy(() =>
  import("../components/train/EnsembleBuilder").then((m) => ({ default: m.EnsembleBuilder })),
);

/** Train: a budget, then what is really happening, then what came out. */
export function TrainPage() {
  const { project, stage, story } = useStage("model_training");
  const { data: experiment, error, refetch } = useExperiment(project.experiment_id ?? null);
  const { budget } = useSearch({ from: "/signed-in/p/$project/train" });
  const navigate = useNavigate({ from: "/p/$project/train" });
  const mayEdit = useMayEdit();
  const [wanted, setAgain] = useState(false);
  const again = wanted || budget !== undefined;
  const running = isRunning(experiment);
  useRefreshAtEnd(project.id, running);
  useEffect(() => {
    if (!running) return;
    setAgain(false);
    void navigate({ search: {}, replace: true });
  }, [running, navigate]);
  const keep = () => {
    setAgain(false);
    void navigate({ search: {}, replace: true });
  };
  if (stage.state === "locked") {
    return (
      <Page title="There is nothing to train for yet.">
        <LockedStage project={project} stage={stage} />
      </Page>
    );
  }
  if (error && experiment === undefined) {
    return (
      <Page title="Train">
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </Page>
    );
  }
  if (project.experiment_id != null && experiment === undefined) {
    return (
      <Page title="Train">
        <Skeleton label="Loading the experiment" />
      </Page>
    );
  }
  if (experiment === undefined && !mayEdit) {
    return (
      <Page title="No model has been trained yet.">
        <p className="text-14 text-ink-2">Training starts work, which needs the role editor.</p>
      </Page>
    );
  }
  if (experiment === undefined || (again && !running && mayEdit)) {
    return (
      <Page title={`Train a model for ${project.target ?? "the target"}`} context={stage.reason ?? undefined}>
        <BudgetForm
          project={project}
          seconds={budget}
          onCancel={experiment !== undefined ? keep : undefined}
        />
      </Page>
    );
  }
  if (running) return <Running project={project} experiment={experiment} mayEdit={mayEdit} />;
  return (
    <Finished
      project={project}
      experiment={experiment}
      story={story ?? null}
      onAgain={mayEdit ? () => setAgain(true) : undefined}
    />
  );
}

/** When training ends, everything that depends on it is read again. */
function useRefreshAtEnd(project: string, running: boolean): void {
  const client = useQueryClient();
  const was = useRef(running);
  useEffect(() => {
    if (was.current && !running) {
      for (const key of [["story", project], ["project", project], ["models"], ["model"], ["jobs"]]) {
        void client.invalidateQueries({ queryKey: key });
      }
    }
    was.current = running;
  }, [client, project, running]);
}

interface RunningProps {
  readonly project: Project;
  readonly experiment: Experiment;
  readonly mayEdit: boolean;
}

function Running({ project, experiment, mayEdit }: RunningProps) {
  const progress = experiment.progress ?? null;
  const words = shownMetric(progress, project.problem);
  const stop = useMutation({
    mutationFn: () => api.post("/api/v1/jobs/{job_id}/cancel", { path: { job_id: experiment.job_id } }),
  });
  const share = progress && progress.share > 0 ? progress.share : null;
  const left = share !== null && share >= 0.05 ? timeLeft(progress?.seconds_left) : null;
  const says = experiment.state === "queued" ? "Waiting for a worker" : (progress?.message ?? "Starting");
  const { data: job } = useJob(experiment.job_id);
  const silent = useReach() === "silent";
  const again = (job?.attempt ?? 1) > 1 ? `begun again after an interruption, try ${job?.attempt}` : null;
  return (
    <Page
      title={`Training models for ${experiment.target}`}
      context={
        <span className="nums">
          {silent
            ? "As it was when the server last answered"
            : [says, `budget ${duration(experiment.options.budget_seconds)}`, left, again]
                .filter(Boolean)
                .join(" · ")}
        </span>
      }
      actions={
        mayEdit && (
          <button
            type="button"
            className="btn btn-secondary"
            disabled={stop.isPending || stop.isSuccess}
            onClick={() => stop.mutate()}
          >
            <CircleStop size={16} aria-hidden />
            {stop.isPending || stop.isSuccess ? "Stopping" : "Stop, keep what is done"}
          </button>
        )
      }
    >
      {stop.error && <ErrorNote error={stop.error} />}
      <div className="flex items-center gap-3">
        <ProgressBar share={share} label="Training" />
        {share !== null && <span className="nums shrink-0 text-12 text-ink-2">{percent(share)}</span>}
      </div>
      <Leaderboard
        candidates={experiment.candidates}
        metricTitle={words.title}
        higherIsBetter={words.higherIsBetter}
        axis={words.axis}
        best={progress?.best ?? null}
      />
      <Suspense>
        <RunCharts
          candidates={experiment.candidates}
          metricTitle={words.title}
          higherIsBetter={words.higherIsBetter}
          best={progress?.best ?? null}
          curve={progress?.curve ?? []}
        />
      </Suspense>
      {!silent && (
        <p className="text-13 text-ink-2">
          You can leave this page. Training goes on, and the header shows it.
        </p>
      )}
      <LiveText text={[says, left].filter(Boolean).join(", ")} />
    </Page>
  );
}

/** How often the test rows have been looked at, once that is more than once. */
function usesInWords(uses: number | undefined): string | null {
  return uses !== undefined && uses > 1 ? `${count(uses)} runs were scored on these test rows` : null;
}

interface FinishedProps {
  readonly project: Project;
  readonly experiment: Experiment;
  readonly story: Story | null;
  /** Absent for those who may not start work. */
  readonly onAgain: (() => void) | undefined;
}

function Finished({ project, experiment, story, onAgain }: FinishedProps) {
  const actions = useStoryActions(project.id);
  const { data: version } = useQuery(
    versionQuery(experiment.model_id ?? null, experiment.model_version_id ?? null),
  );
  const words = shownMetric(version, version?.problem ?? project.problem);
  const tried = triedEverything(experiment);
  const guesses = version !== undefined && onlyGuesses(version.candidates, version.best_candidate);
  const failed =
    experiment.state === "failed" || (experiment.state === "canceled" && !experiment.model_version_id);
  return (
    <Page
      story={failed ? null : story}
      title={failed ? "Training ended without a model." : "Training is done."}
      context={
        <span className="nums">
          {[
            experiment.stopped_early ? "Stopped by you; this is the best found until then" : null,
            `Budget ${duration(experiment.options.budget_seconds)}`,
            `seed ${experiment.options.seed}`,
            usesInWords(experiment.result?.test_uses),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      }
      actions={
        <>
          <Link to="/experiments" className="btn btn-quiet">
            All runs
          </Link>
          {onAgain && (
            <button type="button" className="btn btn-secondary" onClick={onAgain}>
              Train again
            </button>
          )}
          {experiment.model_version_id && (
            <Link
              to="/p/$project/evaluate/{-$model}"
              params={{ project: project.id }}
              className={`btn ${guesses ? "btn-secondary" : "btn-primary"}`}
            >
              See how good it is
            </Link>
          )}
        </>
      }
    >
      {failed && (
        <ErrorNote
          error={problemFromJob(experiment.error, "Training could not go on")}
          onRetry={onAgain}
          retryText="Train again"
        />
      )}
      {version && <GuessNote project={project.id} version={version} story={story} />}
      <WithPanel
        panel={
          story &&
          !failed && (
            <StoryPanel story={story} actions={tried ? withoutTraining(actions) : actions}>
              {tried && <TriedEverything />}
            </StoryPanel>
          )
        }
      >
        {experiment.candidates.length > 0 && (
          <Leaderboard
            candidates={experiment.candidates}
            metricTitle={words.title}
            higherIsBetter={words.higherIsBetter}
            axis={words.axis}
            best={version?.best_candidate ?? experiment.progress?.best ?? null}
          />
        )}
        {experiment.candidates.length > 0 && (
          <Suspense>
            <RunCharts
              candidates={experiment.candidates}
              metricTitle={words.title}
              higherIsBetter={words.higherIsBetter}
              best={version?.best_candidate ?? null}
              curve={experiment.result?.curve ?? []}
            />
          </Suspense>
        )}
        {experiment.result?.twin && (
          <Suspense>
            <TwinNote experiment={experiment.id} twin={experiment.result.twin} />
          </Suspense>
        )}
        {experiment.model_version_id && onAgain && (
          <Suspense>
            <EnsembleBuilder project={project.id} experiment={experiment.id} />
          </Suspense>
        )}
        {version && version.warnings.length > 0 && (
          <section className="card p-4" aria-label="Warnings">
            <h2 className="text-14 font-semibold">Worth knowing</h2>
            <ul className="mt-2 list-disc space-y-1 pl-5 text-13 text-ink-2">
              {version.warnings.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </section>
        )}
      </WithPanel>
    </Page>
  );
}
