import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { hasEnded, useCatchUp, useJob } from "../api/live";
import { problemFromJob } from "../api/problem";
import { datasetQuery } from "../api/queries";
import type { Dataset } from "../api/types";
import { ErrorNote } from "../components/ErrorNote";
import { ImportGuesses } from "../components/ImportGuesses";
import { JobProgress } from "../components/JobProgress";
import { Page, WithPanel } from "../components/Page";
import { PreviewTable } from "../components/PreviewTable";
import { Skeleton } from "../components/Skeleton";
import { StoryPanel } from "../components/Story";
import { useStage } from "../components/useStage";
import { focusOn, useStoryActions } from "../components/useStoryActions";
import { bytes, count, dateTime, plural } from "../lib/format";

/** Load: how the file became a table, what was guessed and why, and its first rows before it is used. */
export function LoadPage() {
  const { id, project, story } = useStage("data_loading");
  const client = useQueryClient();
  const { data: dataset, error, refetch } = useQuery(datasetQuery(project.dataset_id ?? null));
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ["dataset"] });
    void client.invalidateQueries({ queryKey: ["preview"] });
    void client.invalidateQueries({ queryKey: ["profile"] });
    void client.invalidateQueries({ queryKey: ["story", id] });
    void client.invalidateQueries({ queryKey: ["project", id] });
  };
  const { data: job } = useJob(dataset?.job_id ?? null, refresh);
  const actions = useStoryActions(id, {
    change_import: () => focusOn("[data-focus=read-differently]"),
    show_bad_rows: () => window.location.assign(`/api/v1/datasets/${dataset?.id}/bad-rows.csv`),
  });
  const working = job !== undefined && (job.state === "queued" || job.state === "running");
  useCatchUp(dataset?.state === "importing" && hasEnded(job), refresh);
  const version = dataset?.version ?? null;
  return (
    <Page
      story={version === null ? null : story}
      title={title(dataset, working)}
      context={version && dataset && <Facts dataset={dataset} />}
      actions={
        version && (
          <Link to="/p/$project/profile" params={{ project: id }} className="btn btn-primary">
            Continue to Profile
          </Link>
        )
      }
    >
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {dataset === undefined && !error && <Skeleton label="Loading the dataset" />}
      {working && job && (
        <JobProgress job={job} title={`Reading ${dataset?.original_filename ?? "the file"}`} />
      )}
      {dataset?.state === "failed" && !working && (
        <ErrorNote error={problemFromJob(dataset.error, "This file cannot be read as a table")}>
          <Link to="/new" className="btn btn-secondary">
            Load another file
          </Link>
        </ErrorNote>
      )}
      {dataset && version && (
        <WithPanel
          panel={story && <StoryPanel story={story} actions={actions} aside={`version ${version.number}`} />}
        >
          <PreviewTable dataset={dataset.id} version={version.id} total={version.n_rows} />
          {dataset.import_report && (
            <ImportGuesses
              dataset={dataset.id}
              report={dataset.import_report}
              onStarted={() => void refetch()}
            />
          )}
        </WithPanel>
      )}
    </Page>
  );
}

function title(dataset: Dataset | undefined, working: boolean): string {
  if (dataset === undefined) return "Loading the table";
  if (dataset.state === "failed" && !working) return `${dataset.original_filename} could not be read.`;
  return working ? `Reading ${dataset.original_filename}` : dataset.name;
}

function Facts({ dataset }: { dataset: Dataset }) {
  const version = dataset.version;
  const report = dataset.import_report;
  if (!version) return null;
  return (
    <p className="nums flex flex-wrap items-center gap-x-2">
      <span>{dataset.original_filename}</span>
      <span aria-hidden>·</span>
      <span>{plural(version.n_rows, "row")}</span>
      <span aria-hidden>·</span>
      <span>{plural(version.n_columns, "column")}</span>
      <span aria-hidden>·</span>
      <span>{bytes(report?.size_bytes ?? version.size_bytes)}</span>
      <span aria-hidden>·</span>
      <time dateTime={version.created_at}>{dateTime(version.created_at)}</time>
      {(report?.n_bad_rows ?? 0) > 0 && (
        <a
          className="link ml-1 inline-flex items-center gap-1"
          href={`/api/v1/datasets/${dataset.id}/bad-rows.csv`}
          download
        >
          <Download size={14} aria-hidden />
          {`${count(report?.n_bad_rows)} ${report?.n_bad_rows === 1 ? "row was" : "rows were"} left out`}
        </a>
      )}
    </p>
  );
}
