import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { hasEnded, useCatchUp, useJob } from "../api/live";
import { problemFromJob } from "../api/problem";
import { datasetQuery, jobQuery } from "../api/queries";
import type { DatasetAccepted } from "../api/types";
import { plural } from "../lib/format";
import { CombinePanel } from "./CombinePanel";
import { ErrorNote } from "./ErrorNote";
import { JobProgress } from "./JobProgress";
import { SendingNote } from "./SendingNote";
import { mayHelp, useSending } from "./useSending";

interface SeveralFilesProps {
  readonly files: readonly File[];
  readonly address: (name: string) => string;
  readonly onLeave: () => void;
}

/** Files that came together: each is sent and read for itself; whether they belong together is said by a press. */
export function SeveralFiles({ files, address, onLeave }: SeveralFilesProps) {
  const [arrived, setArrived] = useState<Readonly<Record<number, DatasetAccepted>>>({});
  const [main, setMain] = useState<string | null>(null);
  const navigate = useNavigate();
  const client = useQueryClient();
  const all = files.flatMap((_, index) => arrived[index] ?? []);
  const found = useQueries({ queries: all.map(({ dataset }) => datasetQuery(dataset.id)) });
  const datasets = found.flatMap(({ data }) => data ?? []);
  const ready = datasets.filter((dataset) => dataset.state === "ready");
  const first = ready.find((dataset) => dataset.id === main) ?? ready[0];
  const isOver = all.length === files.length && ready.length === files.length;
  const openProject = (dataset: string) => {
    const project = all.find((accepted) => accepted.dataset.id === dataset)?.project.id;
    if (project) void navigate({ to: "/p/$project/load", params: { project } });
  };
  const keep = useMutation({
    mutationFn: async (kept: string) => {
      for (const { dataset, project } of all.filter((accepted) => accepted.dataset.id !== kept)) {
        await api.delete("/api/v1/projects/{project_id}", { path: { project_id: project.id } });
        await api.delete("/api/v1/datasets/{dataset_id}", { path: { dataset_id: dataset.id } });
      }
      return kept;
    },
    onSuccess: (kept) => {
      for (const key of ["projects", "datasets"]) void client.invalidateQueries({ queryKey: [key] });
      openProject(kept);
    },
  });
  return (
    <div className="space-y-5">
      <section className="card" aria-label={plural(files.length, "file")}>
        <header className="flex flex-wrap items-center justify-between gap-3 border-b border-line px-4 py-2">
          <h2 className="text-14 font-semibold">{plural(files.length, "file")}</h2>
          <button type="button" className="btn btn-quiet" onClick={onLeave}>
            Choose other files
          </button>
        </header>
        <ul className="divide-y divide-line">
          {files.map((file, index) => (
            <li key={`${file.name}-${index.toString()}`} className="px-4 py-3 text-13">
              <OneFile
                file={file}
                address={address}
                accepted={arrived[index]}
                onDone={(accepted) => setArrived((known) => ({ ...known, [index]: accepted }))}
              />
            </li>
          ))}
        </ul>
      </section>
      {keep.error && <ErrorNote error={keep.error} />}
      {isOver && first && (
        <>
          <section className="card space-y-3 p-4 text-13" aria-label="Do they belong together?">
            <h2 className="font-serif text-20 font-semibold">Do they belong together?</h2>
            <p className="text-ink-2">
              Nothing is combined until you say so. See first what adding one table to the other would give,
              or keep only one of them.
            </p>
            <label className="block max-w-sm">
              <span className="font-medium">The table to begin with</span>
              <select
                className="field mt-1"
                value={first.id}
                onChange={(event) => setMain(event.target.value)}
              >
                {ready.map((dataset) => (
                  <option key={dataset.id} value={dataset.id}>
                    {`${dataset.original_filename} (${plural(dataset.version?.n_rows ?? 0, "row")})`}
                  </option>
                ))}
              </select>
            </label>
            <button
              type="button"
              className="btn btn-secondary"
              disabled={keep.isPending}
              onClick={() => keep.mutate(first.id)}
            >
              {`Keep only ${first.original_filename}, delete the ${files.length === 2 ? "other" : "others"}`}
            </button>
          </section>
          <CombinePanel
            key={first.id}
            dataset={first}
            among={ready.map((dataset) => dataset.id)}
            onStarted={() => {
              void client.invalidateQueries({ queryKey: ["dataset", first.id] });
              openProject(first.id);
            }}
          />
        </>
      )}
    </div>
  );
}

interface OneFileProps {
  readonly file: File;
  readonly address: (name: string) => string;
  readonly accepted: DatasetAccepted | undefined;
  readonly onDone: (accepted: DatasetAccepted) => void;
}

/** A file on its way, then being read, then a table with a link to it. */
function OneFile({ file, address, accepted, onDone }: OneFileProps) {
  const client = useQueryClient();
  const { sending, failure, send, stop, pause } = useSending<DatasetAccepted>({
    address,
    resumeFor: "new",
    onDone: (answer) => {
      client.setQueryData(datasetQuery(answer.dataset.id).queryKey, answer.dataset);
      client.setQueryData(jobQuery(answer.job.id).queryKey, answer.job);
      onDone(answer);
    },
  });
  const begin = useRef(send);
  const begun = useRef(false);
  useEffect(() => {
    if (!begun.current) void begin.current(file);
    begun.current = true;
  }, [file]);
  if (failure) {
    return (
      <ErrorNote
        error={failure.error}
        onRetry={mayHelp(failure.error) ? () => void send(file) : undefined}
        retryText={`Send ${file.name} again`}
      />
    );
  }
  if (sending) {
    return <SendingNote sending={sending} onStop={stop} onPause={pause} onContinue={() => void send(file)} />;
  }
  if (accepted === undefined) return <p className="text-ink-2">{`${file.name} was not sent.`}</p>;
  return <ReadFile accepted={accepted} />;
}

function ReadFile({ accepted }: { accepted: DatasetAccepted }) {
  const client = useQueryClient();
  const key = datasetQuery(accepted.dataset.id).queryKey;
  const refresh = () => {
    void client.invalidateQueries({ queryKey: key });
    void client.invalidateQueries({ queryKey: ["datasets"] });
  };
  const { data: job } = useJob(accepted.job.id, refresh);
  const dataset = client.getQueryData(key) ?? accepted.dataset;
  useCatchUp(dataset.state === "importing" && hasEnded(job), refresh);
  if (dataset.state === "failed") {
    return (
      <ErrorNote error={problemFromJob(dataset.error, `${dataset.original_filename} could not be read`)} />
    );
  }
  if (dataset.version === null) {
    return job ? <JobProgress job={job} title={`Reading ${dataset.original_filename}`} /> : null;
  }
  return (
    <p className="nums flex flex-wrap items-center gap-x-3">
      <span className="font-semibold">{dataset.original_filename}</span>
      <span className="text-ink-2">
        {`${plural(dataset.version.n_rows, "row")}, ${plural(dataset.version.n_columns, "column")}`}
      </span>
      <Link
        to="/p/$project/load"
        params={{ project: accepted.project.id }}
        className="link ml-auto"
        aria-label={`Open ${dataset.original_filename}`}
      >
        Open
      </Link>
    </p>
  );
}
