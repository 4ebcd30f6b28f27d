import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { hasEnded, useCatchUp, useJob } from "../api/live";
import { versionsQuery } from "../api/loading";
import { problemFromJob } from "../api/problem";
import { datasetQuery } from "../api/queries";
import type { Dataset, DatasetVersion } from "../api/types";
import { CombinePanel } from "../components/CombinePanel";
import { ErrorNote } from "../components/ErrorNote";
import { FailedLoad } from "../components/FailedLoad";
import { JobProgress } from "../components/JobProgress";
import { LeftOut } from "../components/LeftOut";
import { OpenQuestions } from "../components/OpenQuestions";
import { Page, WithPanel } from "../components/Page";
import { PersonalData } from "../components/PersonalData";
import { PreviewTable } from "../components/PreviewTable";
import { ReadingBar } from "../components/ReadingBar";
import { ReadingSettings } from "../components/ReadingSettings";
import { Skeleton } from "../components/Skeleton";
import { SourcePanel } from "../components/SourcePanel";
import { StoryPanel } from "../components/Story";
import { useReading } from "../components/useReading";
import { useStage } from "../components/useStage";
import { focusOn, useStoryActions } from "../components/useStoryActions";
import { bytes, count, dateTime, plural } from "../lib/format";
import { hasKinds, openQuestions } from "../lib/reading";

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
  const report = dataset?.import_report ?? null;
  const reading = useReading(dataset?.id ?? "", version?.read_options ?? {}, () => void refetch());
  const { data: versions } = useQuery({
    ...versionsQuery(dataset?.id ?? ""),
    enabled: version !== null && version.number > 1,
  });
  const before = earlier(versions, version);
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
      {dataset?.state === "failed" && !working && version === null && (
        <FailedLoad dataset={dataset} reading={reading} />
      )}
      {dataset?.state === "failed" && !working && version && (
        <ErrorNote error={problemFromJob(dataset.error, "This file could not be read so")}>
          <button
            type="button"
            className="btn btn-secondary"
            onClick={() => reading.readWith(version.read_options)}
          >
            {`Read it as version ${version.number} again`}
          </button>
        </ErrorNote>
      )}
      {dataset && version && (
        <WithPanel
          panel={story && <StoryPanel story={story} actions={actions} aside={`version ${version.number}`} />}
        >
          {report && !working && dataset.file_kept && (
            <OpenQuestions
              key={version.id}
              questions={openQuestions(report, reading.inForce)}
              pending={reading.pending}
              onAnswer={reading.readAgain}
            />
          )}
          {report && !working && (
            <PersonalData
              key={`personal-${version.id}`}
              columns={report.personal ?? []}
              fileKept={dataset.file_kept}
              pending={reading.pending}
              onDecide={(personal, deleteFile) => reading.readAgain({ personal }, deleteFile)}
            />
          )}
          <PreviewTable
            dataset={dataset.id}
            version={version.id}
            total={version.n_rows}
            {...(hasKinds(report) && !working && dataset.file_kept
              ? { kinds: reading.wanted.kinds ?? {}, onKind: reading.changeKind }
              : {})}
          />
          {report && (
            <>
              {dataset.file_kept && (
                <ReadingSettings report={report} reading={reading} before={working ? null : before} />
              )}
              <LeftOut dataset={dataset.id} report={report} />
            </>
          )}
          <SourcePanel dataset={dataset} project={id} working={working} onStarted={() => void refetch()} />
          {!working && <CombinePanel dataset={dataset} onStarted={() => void refetch()} />}
          <ReadingBar reading={reading} combined={version.parents.length > 0} />
        </WithPanel>
      )}
    </Page>
  );
}

/** The version to which one can go back by reading the file again: not one that a second table was added to. */
function earlier(versions: readonly DatasetVersion[] | undefined, present: DatasetVersion | null) {
  const found = versions?.find((version) => version.number < (present?.number ?? 0));
  return found === undefined || found.parents.length > 0 ? null : found;
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
