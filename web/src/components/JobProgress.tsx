import { useMutation } from "@tanstack/react-query";
import { api } from "../api/client";
import { hasEnded } from "../api/live";
import { problemFromJob } from "../api/problem";
import type { Job } from "../api/types";
import { percent, timeLeft } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { LiveText, ProgressBar } from "./Progress";

/** Work in progress, in the words and with the share that the server reports. */
export function JobProgress({
  job,
  title,
  stopText = "Stop",
}: {
  job: Job;
  title: string;
  stopText?: string;
}) {
  const stop = useMutation({
    mutationFn: () => api.post("/api/v1/jobs/{job_id}/cancel", { path: { job_id: job.id } }),
  });
  if (job.state === "failed") return <ErrorNote error={problemFromJob(job.error)} />;
  const { share = 0, message, seconds_left: left } = job.progress;
  const known = job.state === "running" && share > 0 ? share : null;
  const words =
    job.state === "queued"
      ? "Waiting for a worker."
      : [message, known !== null && known >= 0.05 ? timeLeft(left) : null].filter(Boolean).join(" · ");
  return (
    <section className="card p-4" aria-label={title}>
      <div className="flex items-center justify-between gap-3">
        <h2 className="font-serif text-17 font-semibold">{title}</h2>
        {!hasEnded(job) && (
          <button
            type="button"
            className="btn btn-secondary"
            disabled={stop.isPending || job.cancel_requested}
            onClick={() => stop.mutate()}
          >
            {job.cancel_requested ? "Stopping" : stopText}
          </button>
        )}
      </div>
      <div className="mt-3">
        <ProgressBar share={known} label={title} />
      </div>
      <p className="nums mt-1.5 flex justify-between gap-3 text-13 text-ink-2">
        <span>{words}</span>
        {known !== null && <span>{percent(known)}</span>}
      </p>
      <LiveText text={words} final={hasEnded(job)} />
      {stop.error && (
        <div className="mt-3">
          <ErrorNote error={stop.error} />
        </div>
      )}
    </section>
  );
}
