import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { api } from "../api/client";
import { versionQuery } from "../api/queries";
import type { ModelVersionDetail } from "../api/types";
import { Answer } from "../components/Answer";
import { BatchPanel } from "../components/BatchPanel";
import { LockedStage } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { GuessNote } from "../components/GuessNote";
import { Page } from "../components/Page";
import { PredictForm } from "../components/PredictForm";
import { ReasonList } from "../components/ReasonList";
import { Skeleton } from "../components/Skeleton";
import { Tabs } from "../components/Tabs";
import { useStage } from "../components/useStage";
import { keepDraft, readDraft } from "../lib/draft";
import { type Cell, type Row, typicalRow } from "../lib/form";
import { dateTime } from "../lib/format";

/** Predict: one case with its reasons and what-if, or a whole file. */
export function PredictPage() {
  const { project, stage } = useStage("prediction");
  const { tab } = useSearch({ from: "/signed-in/p/$project/predict/{-$model}" });
  const navigate = useNavigate({ from: "/p/$project/predict/{-$model}" });
  const {
    data: version,
    error,
    refetch,
  } = useQuery(versionQuery(project.model_id ?? null, project.model_version_id ?? null));
  if (project.model_version_id == null) {
    return (
      <Page title="There is no model to ask yet.">
        <LockedStage project={project} stage={stage} />
      </Page>
    );
  }
  return (
    <Page
      title={
        tab === "batch" ? `Predict ${project.target} for a file` : `Predict ${project.target} for one case`
      }
      context={
        version && (
          <span className="nums">{`Version ${version.number} of ${dateTime(version.trained_at)} answers.`}</span>
        )
      }
      actions={
        <Link to="/p/$project/deploy" params={{ project: project.id }} className="btn btn-primary">
          Continue to Deploy
        </Link>
      }
    >
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {version === undefined && !error && <Skeleton lines={6} label="Loading the model" />}
      {version && <GuessNote project={project.id} version={version} />}
      {version && (
        <Tabs
          label="Ways to predict"
          tabs={[
            { id: "one", title: "One case" },
            { id: "batch", title: "A file" },
          ]}
          value={tab ?? "one"}
          onChange={(next) =>
            void navigate({ search: next === "batch" ? { tab: "batch" } : {}, replace: true })
          }
        >
          {tab === "batch" ? (
            <BatchPanel project={project} version={version} />
          ) : (
            <OneCase key={version.id} model={project.model_id ?? ""} version={version} />
          )}
        </Tabs>
      )}
    </Page>
  );
}

const DEBOUNCE_MS = 220;

/** `counted` only for what somebody typed: the page asks for the typical row by itself. */
function predictQuery(model: string, version: string, row: Row, counted: boolean) {
  return queryOptions({
    queryKey: ["predict", version, row],
    queryFn: ({ signal }) =>
      api.post("/api/v1/models/{model_id}/versions/{version_id}/predict", {
        path: { model_id: model, version_id: version },
        body: { data: [row], reasons: true, counted },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY, // The same version answers the same row alike.
    gcTime: 60_000,
  });
}

function OneCase({ model, version }: { model: string; version: ModelVersionDetail }) {
  const { contract } = version;
  const typical = useMemo(() => typicalRow(contract.columns), [contract]);
  const [changes, setChanges] = useState<Row>(() => readDraft(version.id, contract.columns));
  const [typed, setTyped] = useState(false);
  useEffect(() => keepDraft(version.id, changes), [version.id, changes]);
  const row = useMemo(() => ({ ...typical, ...changes }), [typical, changes]);
  const asked = useDebounced(row);
  const first = useQuery(predictQuery(model, version.id, typical, false));
  const { data, error, isFetching, refetch } = useQuery({
    ...predictQuery(model, version.id, asked, typed),
    placeholderData: keepPreviousData,
  });
  const columns = useMemo(() => {
    const loss = new Map(version.importances.map((i) => [i.column, i.loss]));
    return [...contract.columns].sort((a, b) => (loss.get(b.name) ?? 0) - (loss.get(a.name) ?? 0));
  }, [contract, version]);
  const changed = useDeferredValue(new Set(Object.keys(changes)));
  const onChange = (name: string, value: Cell) => {
    setTyped(true);
    setChanges((old) => {
      const { [name]: _, ...others } = old;
      return value === typical[name] ? others : { ...others, [name]: value };
    });
  };
  const answer = data?.predictions[0];
  const positive = contract.problem === "binary" ? String(contract.classes[1] ?? "") : null;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,28rem)] items-start gap-4 max-lg:grid-cols-1">
      <PredictForm
        columns={columns}
        row={row}
        changed={changed}
        onChange={onChange}
        onReset={() => setChanges({})}
        ranked={version.importances.length > 0}
      />
      <div className="flex min-w-0 flex-col gap-4 max-lg:order-first lg:sticky lg:top-16">
        {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
        {answer === undefined && !error && (
          <div className="card p-4">
            <Skeleton label="Asking the model" />
          </div>
        )}
        {answer && (
          <>
            <Answer
              prediction={answer}
              before={changed.size > 0 ? (first.data?.predictions[0] ?? null) : null}
              updating={isFetching}
              positive={positive}
            />
            <ReasonList
              reasons={answer.reasons}
              base={answer.base ?? null}
              asPoints={contract.problem !== "regression"}
              subject={positive ?? String(answer.prediction)}
            />
          </>
        )}
      </div>
    </div>
  );
}

/** The value once it has rested for a moment, so that typing asks once. */
function useDebounced<T>(value: T): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
