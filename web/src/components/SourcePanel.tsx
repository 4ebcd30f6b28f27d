import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import type { FormEvent } from "react";
import { api } from "../api/client";
import { problemFromJob } from "../api/problem";
import { comparisonQuery, type DatasetSource, sourceKey, sourceQuery } from "../api/sources";
import type { Dataset } from "../api/types";
import { dateTime, fullDateTime } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { SchedulePanel } from "./SchedulePanel";
import { KeyFields, keyIn, Labelled, saidOrNull } from "./sourceFields";

interface SourcePanelProps {
  readonly dataset: Dataset;
  readonly project: string;
  readonly working: boolean;
  /** What arrived differs and is being read. */
  readonly onStarted: () => void;
}

/** Where a table came from, what the last look there found, and when the next one is. Nothing for an uploaded file. */
export function SourcePanel({ dataset, project, working, onStarted }: SourcePanelProps) {
  const client = useQueryClient();
  const { data: source } = useQuery(sourceQuery(dataset));
  const refresh = useMutation({
    mutationFn: (form: FormData) =>
      api.post("/api/v1/datasets/{dataset_id}/refresh", {
        path: { dataset_id: dataset.id },
        body: {
          url: saidOrNull(form, "url"),
          database_url: saidOrNull(form, "database_url"),
          key: keyIn(form),
        },
      }),
    onSuccess: (found) => {
      void client.invalidateQueries({ queryKey: sourceKey(dataset.id) });
      if (found.outcome === "reading") onStarted();
    },
  });
  if (!source) return null;
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    refresh.mutate(new FormData(event.currentTarget));
  };
  return (
    <section className="card min-w-0" aria-label="Source">
      <h2 className="border-b border-line px-4 py-3 text-14 font-semibold">Source</h2>
      <div className="space-y-4 px-4 py-3 text-13">
        <p className="break-words">
          <span className="text-ink-2">From </span>
          {source.place}
        </p>
        <div className="space-y-1" role="status">
          <p>{source.sentence}</p>
          <p className="text-12 text-ink-2">
            {"Last looked at "}
            <time dateTime={source.looked_at} title={fullDateTime(source.looked_at)}>
              {dateTime(source.looked_at)}
            </time>
          </p>
        </div>
        {source.outcome === "failed" && source.error && <ErrorNote error={problemFromJob(source.error)} />}
        {!working && source.before && source.version && (
          <Difference before={source.before} after={source.version} project={project} />
        )}
        {refresh.error && <ErrorNote error={refresh.error} />}
        <form className="space-y-3" aria-label="Refresh" onSubmit={onSubmit}>
          <Missing source={source} />
          <button type="submit" className="btn btn-secondary" disabled={refresh.isPending || working}>
            <RefreshCw size={14} aria-hidden />
            {refresh.isPending ? "Fetching it again" : "Refresh now"}
          </button>
        </form>
        <SchedulePanel dataset={dataset.id} possible={source.needs === null} />
      </div>
    </section>
  );
}

/** What the server did not keep and needs once more. */
function Missing({ source: { needs } }: { source: DatasetSource }) {
  if (needs === "url") {
    return (
      <Labelled label="Address of the file" hint="It holds a key, so it was not kept.">
        <input name="url" type="password" autoComplete="off" className="field mt-1" required />
      </Labelled>
    );
  }
  if (needs === "database_url") {
    return (
      <Labelled label="Address of the database" hint="Used once and never stored.">
        <input name="database_url" type="password" autoComplete="off" className="field mt-1" required />
      </Labelled>
    );
  }
  return needs === "key" ? <KeyFields required hint="Used once and never stored." /> : null;
}

/** What the new version has that the one before had not, the weightiest first. */
function Difference(versions: { readonly before: string; readonly after: string; readonly project: string }) {
  const { data, error } = useQuery(comparisonQuery(versions.before, versions.after, versions.project));
  if (error) return <ErrorNote error={error} />;
  if (!data) return <p className="text-ink-2">Comparing both versions</p>;
  return (
    <div>
      <h3 className="font-medium">{data.headline}</h3>
      {data.changes.length > 0 && (
        <ul className="mt-1 list-disc space-y-1 pl-5" aria-label="What changed">
          {data.changes.slice(0, 7).map((change) => (
            <li key={`${change.kind} ${change.column}`}>
              {change.sentence}
              {change.examples.length > 0 && (
                <span className="text-ink-2">{` (${change.examples.join(", ")})`}</span>
              )}
            </li>
          ))}
        </ul>
      )}
      {data.changes.length > 7 && (
        <p className="mt-1 text-12 text-ink-2">{`And ${data.changes.length - 7} more.`}</p>
      )}
    </div>
  );
}
