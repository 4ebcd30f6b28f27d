import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { experimentQuery, versionQuery } from "../api/queries";
import type { ModelVersionDetail } from "../api/types";
import { ChartCard } from "../charts/ChartCard";
import { ConfusionMatrix } from "../charts/ConfusionMatrix";
import { ImportanceChart } from "../charts/ImportanceChart";
import { ClassificationCurves, RegressionCharts, Told } from "../components/Curves";
import { DecisionCard } from "../components/DecisionCard";
import { LockedStage } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { GuessNote } from "../components/GuessNote";
import { Leaderboard } from "../components/Leaderboard";
import { Page, WithPanel } from "../components/Page";
import { Companions, ScoreCard } from "../components/ScoreCard";
import { Skeleton } from "../components/Skeleton";
import { StoryPanel, TriedEverything } from "../components/Story";
import { Tabs } from "../components/Tabs";
import { nearestRow, ThresholdPanel, thresholdRows } from "../components/Threshold";
import { useStage } from "../components/useStage";
import { useStoryActions, withoutTraining } from "../components/useStoryActions";
import { onlyGuesses, triedEverything } from "../lib/experiments";
import { bytes, count, dateTime, fixedDecimals, plural, score } from "../lib/format";
import { EVALUATE_TABS, type EvaluateTab } from "../router";

const TITLES: Record<EvaluateTab, string> = {
  summary: "Summary",
  curves: "Curves",
  drivers: "Drivers",
  candidates: "Candidates",
};

/** Evaluate: what to expect on new data, how sure that is, and what it rests on. */
export function EvaluatePage() {
  const { project, stage, story } = useStage("model_evaluation");
  const actions = useStoryActions(project.id);
  const { tab = "summary" } = useSearch({ from: "/signed-in/p/$project/evaluate/{-$model}" });
  const navigate = useNavigate({ from: "/p/$project/evaluate/{-$model}" });
  const {
    data: version,
    error,
    refetch,
  } = useQuery(versionQuery(project.model_id ?? null, project.model_version_id ?? null));
  const { data: experiment } = useQuery(experimentQuery(version?.experiment_id ?? null));
  const tried = experiment !== undefined && triedEverything(experiment);
  const guesses = version !== undefined && onlyGuesses(version.candidates, version.best_candidate);
  if (project.model_version_id == null) {
    return (
      <Page title="There is no model to judge yet.">
        <LockedStage project={project} stage={stage} />
      </Page>
    );
  }
  const download = `/api/v1/models/${project.model_id}/versions/${project.model_version_id}`;
  return (
    <Page
      story={story}
      title={version ? `${version.evaluation.metric_title} ${score(version.score)}` : "Evaluate"}
      context={
        version && (
          <span className="nums">
            {`Version ${version.number} of ${dateTime(version.trained_at)} · ${judged(version)} · ${bytes(version.size_bytes)}`}
          </span>
        )
      }
      actions={
        <>
          <a className="btn btn-secondary" href={`${download}/report`} target="_blank" rel="noreferrer">
            Report
          </a>
          <a className="btn btn-secondary" href={`${download}/bundle`} download>
            <Download size={16} aria-hidden />
            Model file
          </a>
          <Link
            to="/p/$project/predict/{-$model}"
            params={{ project: project.id }}
            className={`btn ${guesses ? "btn-secondary" : "btn-primary"}`}
          >
            Continue to Predict
          </Link>
        </>
      }
    >
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {version === undefined && !error && <Skeleton lines={6} label="Loading the evaluation" />}
      {version && (
        <>
          <GuessNote project={project.id} version={version} story={story} />
          <WithPanel
            panel={
              story && (
                <StoryPanel story={story} actions={tried ? withoutTraining(actions) : actions}>
                  {tried && <TriedEverything />}
                </StoryPanel>
              )
            }
          >
            <Tabs
              label="Views of the evaluation"
              tabs={EVALUATE_TABS.map((id) => ({ id, title: TITLES[id] }))}
              value={tab}
              onChange={(next) =>
                void navigate({ search: (old) => ({ ...old, tab: next }), replace: true, resetScroll: false })
              }
            >
              <TabContent tab={tab} version={version} />
            </Tabs>
            <DecisionCard
              key={version.id}
              project={project.id}
              model={project.model_id ?? ""}
              version={version}
            />
          </WithPanel>
        </>
      )}
    </Page>
  );
}

/** What was learned from and what was judged, in the words that the method allows. */
function judged({ evaluation }: ModelVersionDetail): string {
  return evaluation.method === "cross_validation"
    ? `${plural(evaluation.n_test_rows, "row")}, each judged by models that never saw it`
    : `trained on ${plural(evaluation.n_train_rows, "row")}, judged on ${count(evaluation.n_test_rows)} it never saw`;
}

function TabContent({ tab, version }: { tab: EvaluateTab; version: ModelVersionDetail }) {
  const search = useSearch({ from: "/signed-in/p/$project/evaluate/{-$model}" });
  const navigate = useNavigate({ from: "/p/$project/evaluate/{-$model}" });
  const { evaluation } = version;
  const rows = thresholdRows(evaluation);
  const at = nearestRow(rows, search.threshold ?? evaluation.threshold ?? 0.5);
  const onMove = (threshold: number) =>
    void navigate({
      search: (old) => ({ ...old, threshold: Number(threshold.toFixed(6)) }),
      replace: true,
      resetScroll: false,
    });
  if (tab === "curves") {
    if (evaluation.problem === "regression")
      return <RegressionCharts evaluation={evaluation} words={version.charts} />;
    if (evaluation.problem === "multiclass") return <Matrix version={version} />;
    return (
      <>
        {rows.length > 0 && <ThresholdPanel evaluation={evaluation} rows={rows} at={at} onMove={onMove} />}
        <ClassificationCurves evaluation={evaluation} words={version.charts} row={rows[at]} />
      </>
    );
  }
  if (tab === "drivers") return <Drivers version={version} />;
  if (tab === "candidates") {
    return (
      <Leaderboard
        candidates={version.candidates}
        metricTitle={version.metric_title}
        higherIsBetter={version.higher_is_better}
        axis={`${version.metric_title} on held-out folds with its interval. ${version.higher_is_better ? "Higher" : "Lower"} is better.`}
        best={version.best_candidate}
      />
    );
  }
  return (
    <>
      <ScoreCard evaluation={evaluation} />
      {evaluation.problem === "binary" && rows.length > 0 && (
        <ThresholdPanel evaluation={evaluation} rows={rows} at={at} onMove={onMove} />
      )}
      {evaluation.problem === "multiclass" && <Matrix version={version} />}
      {evaluation.problem === "regression" && (
        <RegressionCharts evaluation={evaluation} words={version.charts} />
      )}
      <Companions evaluation={evaluation} />
    </>
  );
}

function Matrix({ version }: { version: ModelVersionDetail }) {
  const { confusion, classes } = version.evaluation;
  if (!confusion) return null;
  return (
    <section className="card p-4" aria-label="Confusion matrix">
      <h2 className="font-serif text-17 font-semibold">
        {version.charts.some((w) => w.id === "confusion") ? (
          <Told words={version.charts} id="confusion" />
        ) : (
          "Which class is taken for which"
        )}
      </h2>
      <p className="mt-0.5 mb-3 text-13 text-ink-2">
        Counts on unseen rows. The diagonal is right; shade is the share of its line.
      </p>
      <ConfusionMatrix
        caption="Right and wrong answers per class"
        classes={classes.map(String)}
        matrix={confusion}
      />
    </section>
  );
}

const DRIVERS = 20;

function Drivers({ version }: { version: ModelVersionDetail }) {
  const items = [...version.importances].sort((a, b) => b.loss - a.loss).slice(0, DRIVERS);
  const digits = Math.max(...items.map((i) => Math.abs(i.loss)), 0) >= 10 ? 1 : 4;
  if (items.length === 0) {
    return (
      <p className="card p-4 text-13 text-ink-2">
        The time of this training was used up before the drivers were measured. A training with more time
        shows them.
      </p>
    );
  }
  return (
    <ChartCard
      title="What the model would miss most"
      sentence="Each column is shuffled in turn; the bar is how much worse the score gets, the line its 95% interval. This is association, not cause."
      name="drivers"
      table={{
        caption: "Importance of columns",
        header: ["Column", "Loss of score", "Low", "High"],
        rows: items.map((i) => [
          i.column,
          fixedDecimals(i.loss, 5),
          fixedDecimals(i.low, 5),
          fixedDecimals(i.high, 5),
        ]),
      }}
    >
      <ImportanceChart
        label={`How much worse ${version.metric_title} gets when a column is shuffled. As a table below.`}
        items={items}
        xTitle={`loss of ${version.metric_title} when shuffled`}
        format={(value) => fixedDecimals(value, digits)}
      />
    </ChartCard>
  );
}
