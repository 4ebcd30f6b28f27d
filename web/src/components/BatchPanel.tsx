import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { batchesQuery, batchQuery } from "../api/batchQueries";
import { hasEnded, useCatchUp, useJob } from "../api/live";
import { problemFromJob } from "../api/problem";
import type { Batch, ModelVersionDetail, Project } from "../api/types";
import { cell, count, dateTime, duration, fixedDecimals, number, plural } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { AcceptedNote, HeldBatch } from "./HeldBatch";
import { JobProgress } from "./JobProgress";
import { StoryPanel } from "./Story";
import { UploadCard } from "./UploadCard";
import { useStoryActions } from "./useStoryActions";

/** Predictions for a whole file: dropped, followed, looked at, downloaded. */
export function BatchPanel({ project, version }: { project: Project; version: ModelVersionDetail }) {
  const client = useQueryClient();
  const { data: batches = [] } = useQuery(batchesQuery(project.id));
  const [chosen, setChosen] = useState<string | null>(null);
  const id = chosen ?? batches[0]?.id ?? null;
  const { data: batch } = useQuery(batchQuery(id));
  const refresh = () => {
    for (const key of [["batch"], ["batches"], ["story", project.id], ["project", project.id]]) {
      void client.invalidateQueries({ queryKey: key });
    }
  };
  const { data: job } = useJob(batch?.job_id ?? null, refresh);
  useCatchUp(batch?.state !== undefined && isOpen(batch.state) && hasEnded(job), refresh);
  const address = `/api/v1/predictions/batches/${id}`;
  const actions = useStoryActions(project.id, {
    download_predictions: () => window.location.assign(`${address}/download`),
    show_bad_rows: () => window.location.assign(`${address}/bad-rows.csv`),
  });
  const working = batch !== undefined && isOpen(batch.state);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_340px] items-start gap-4 max-lg:grid-cols-1">
      <div className="flex min-w-0 flex-col gap-4">
        <UploadCard<{ batch: Batch }>
          compact={batches.length > 0}
          address={(name) =>
            `/api/v1/predictions/batches?model_version_id=${encodeURIComponent(version.id)}&filename=${encodeURIComponent(name)}`
          }
          hint={`The same columns as the training data, with or without ${version.contract.target}. Order and spelling of the names may differ.`}
          onDone={(answer) => {
            client.setQueryData(batchQuery(answer.batch.id).queryKey, answer.batch);
            setChosen(answer.batch.id);
            void client.invalidateQueries({ queryKey: ["batches"] });
            void client.invalidateQueries({ queryKey: ["jobs"] });
          }}
        />
        {working && job && <JobProgress job={job} title={`Predicting ${batch.original_filename}`} />}
        {batch?.state === "failed" && (
          <ErrorNote error={problemFromJob(batch.error, "This file could not be predicted")} />
        )}
        {batch?.state === "held" && (
          <HeldBatch
            batch={batch}
            onAccepted={(accepted) => {
              client.setQueryData(batchQuery(accepted.id).queryKey, accepted);
              void client.invalidateQueries({ queryKey: ["batches"] });
            }}
          />
        )}
        {batch?.state === "completed" && <BatchResult batch={batch} />}
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        {batch?.story && <StoryPanel story={batch.story} title={batch.original_filename} actions={actions} />}
        {batches.length > 0 && (
          <section className="card" aria-label="Files so far">
            <h2 className="border-b border-line px-4 py-3 text-14 font-semibold">Files so far</h2>
            <ul className="divide-y divide-line">
              {batches.map((item) => (
                <li key={item.id}>
                  <button
                    type="button"
                    aria-current={item.id === id ? "true" : undefined}
                    className="flex w-full items-baseline gap-3 px-4 py-2.5 text-left text-13 hover:bg-hover aria-[current]:bg-accent-soft"
                    onClick={() => setChosen(item.id)}
                  >
                    <span className="truncate font-medium">{item.original_filename}</span>
                    <span className="nums ml-auto shrink-0 text-12 text-ink-2">
                      {item.state === "completed"
                        ? plural(item.predicted ?? 0, "row")
                        : item.state === "held"
                          ? "on hold"
                          : item.state}
                    </span>
                    <time className="nums shrink-0 text-12 text-ink-2" dateTime={item.created_at}>
                      {dateTime(item.created_at)}
                    </time>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </div>
  );
}

function isOpen(state: Batch["state"]): boolean {
  return state === "queued" || state === "running";
}

/** Of fewer rows the time is that of starting up, and a speed would mislead. */
const ENOUGH_FOR_SPEED = 1_000;

function BatchResult({ batch }: { batch: Batch }) {
  const address = `/api/v1/predictions/batches/${batch.id}`;
  const notes = [...(batch.warnings ?? []), ...(batch.repairs ?? [])];
  return (
    <section className="card min-w-0 overflow-hidden" aria-label="Result">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
        <div className="min-w-0">
          <h2 className="font-serif text-17 font-semibold">
            {`${plural(batch.predicted ?? 0, "row")} predicted`}
            {(batch.bad_rows ?? 0) > 0 && `, ${count(batch.bad_rows)} could not be read`}
          </h2>
          <p className="nums text-13 text-ink-2">
            {[
              batch.seconds == null ? null : duration(batch.seconds),
              batch.rows_per_second == null || (batch.predicted ?? 0) < ENOUGH_FOR_SPEED
                ? null
                : `${number(Math.round(batch.rows_per_second))} rows/s`,
              batch.original_filename,
            ]
              .filter(Boolean)
              .join(" · ")}
          </p>
        </div>
        <div className="ml-auto flex flex-wrap gap-2">
          {(batch.bad_rows ?? 0) > 0 && (
            <a className="btn btn-secondary" href={`${address}/bad-rows.csv`} download>
              Rows left out
            </a>
          )}
          <a className="btn btn-primary" href={`${address}/download`} download>
            <Download size={16} aria-hidden />
            Download CSV
          </a>
        </div>
      </header>
      {notes.length > 0 && (
        <ul className="list-disc space-y-1 border-t border-line px-4 py-3 pl-9 text-13 text-ink-2">
          {notes.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <AcceptedNote batch={batch} />
      {batch.preview && <ResultTable preview={batch.preview} />}
    </section>
  );
}

/** What was added comes first: it is what one looks for. */
function ResultTable({ preview }: { preview: NonNullable<Batch["preview"]> }) {
  const places = preview.columns.map((name, place) => ({ name, place, added: isAdded(name) }));
  const columns = [...places.filter((c) => c.added), ...places.filter((c) => !c.added)];
  return (
    <div
      className="max-h-[28rem] overflow-auto border-t border-line"
      tabIndex={0}
      role="group"
      aria-label="First rows of the result"
    >
      <table className="nums w-full text-13">
        <thead>
          <tr>
            {columns.map(({ name, added }) => (
              <th
                key={name}
                scope="col"
                className={`sticky top-0 border-b border-line-strong/40 px-3 py-2 text-left font-semibold whitespace-nowrap ${added ? "bg-target-tint" : "bg-surface"}`}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a result never move
            <tr key={i} className="border-b border-line last:border-0">
              {columns.map(({ name, place, added }) => {
                const value = row[place];
                const look = [
                  "max-w-60 truncate px-3 py-[5px] whitespace-nowrap",
                  typeof value === "number" ? "text-right" : "",
                  added ? "bg-target-tint" : "",
                  name === "prediction" ? "font-semibold" : "",
                  value === null ? "text-ink-3 italic" : "",
                ];
                return (
                  <td key={name} className={look.join(" ")}>
                    {shown(name, value, added)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Probabilities stand in a column with as many decimals each; what was sent is shown as it was sent. */
function shown(name: string, value: unknown, added: boolean): string {
  if (typeof value !== "number" || !added) return cell(value);
  return name.startsWith("probability_") ? fixedDecimals(value, 3) : number(value);
}

function isAdded(name: string): boolean {
  return /^(prediction$|probability_|lower$|upper$|reason_\d)/.test(name);
}
