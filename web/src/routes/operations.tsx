import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, CircleX } from "lucide-react";
import { Problem } from "../api/problem";
import { healthQuery, jobsQuery } from "../api/queries";
import type { Health, Job } from "../api/types";
import { ErrorNote } from "../components/ErrorNote";
import { jobWord } from "../components/Header";
import { Page } from "../components/Page";
import { Skeleton } from "../components/Skeleton";
import { Table } from "../components/Table";
import { dateTime, duration, fullDateTime, number, percent } from "../lib/format";

/** Operations: the parts of the system and the work it did, as they are now. */
export function OperationsPage() {
  const health = useQuery(healthQuery);
  const jobs = useQuery({ ...jobsQuery, refetchInterval: 5_000 });
  return (
    <Page title="How the system is" context="Read again every few seconds.">
      <h2 className="-mb-2 text-14 font-semibold">Parts</h2>
      {health.error && !(health.error instanceof Problem && health.error.body.status === 503) && (
        <ErrorNote error={health.error} onRetry={() => void health.refetch()} />
      )}
      {health.error instanceof Problem && health.error.body.status === 503 && (
        <ErrorNote error={health.error} onRetry={() => void health.refetch()} />
      )}
      {health.data && <Parts health={health.data} />}
      <h2 className="-mb-2 text-14 font-semibold">Jobs</h2>
      {jobs.error && <ErrorNote error={jobs.error} onRetry={() => void jobs.refetch()} />}
      {jobs.data === undefined && !jobs.error && <Skeleton label="Loading the jobs" />}
      {jobs.data?.length === 0 && (
        <p className="text-13 text-ink-2">No work yet. Each import, training and batch appears here.</p>
      )}
      {jobs.data && jobs.data.length > 0 && (
        <Table label="Jobs" header={["Job", "State", "Progress", "Attempt", "Took", "Started"]}>
          {jobs.data.map((job) => (
            <tr key={job.id}>
              <th scope="row" className="font-medium">
                {jobWord(job.type)}
              </th>
              <td>
                <JobState job={job} />
              </td>
              <td className="max-w-80 text-ink-2">{job.error?.message ?? progress(job)}</td>
              <td>{`${number(job.attempt)} of ${number(job.max_attempts)}`}</td>
              <td className="whitespace-nowrap">{took(job)}</td>
              <td className="whitespace-nowrap" title={fullDateTime(job.started_at)}>
                {dateTime(job.started_at)}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Page>
  );
}

function Parts({ health }: { health: Health }) {
  return (
    <ul className="card divide-y divide-line">
      {Object.entries(health.components).map(([name, part]) => {
        const Icon =
          part.status === "healthy" ? CircleCheck : part.status === "unhealthy" ? CircleX : CircleDashed;
        const colour =
          part.status === "healthy" ? "text-good" : part.status === "unhealthy" ? "text-bad" : "text-ink-3";
        return (
          <li key={name} className="flex items-center gap-3 px-4 py-2.5 text-13">
            <Icon size={16} aria-hidden className={colour} />
            <span className="font-medium capitalize">{name.replaceAll("_", " ")}</span>
            <span className="text-ink-2">{part.status.replaceAll("_", " ")}</span>
            {part.latency_ms != null && (
              <span className="nums ml-auto text-12 text-ink-2">{`answers in ${duration(part.latency_ms / 1000)}`}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

const COLOURS: Record<Job["state"], string> = {
  queued: "text-ink-2",
  running: "text-accent-text",
  completed: "text-good",
  failed: "text-bad",
  canceled: "text-warn",
};

function JobState({ job }: { job: Job }) {
  return <span className={`font-medium ${COLOURS[job.state]}`}>{job.state}</span>;
}

/** How far it is; of a job that has ended the last message of its work says nothing any more. */
function progress({ state, progress: { share, message } }: Job): string {
  if (state === "running") return `${percent(share)} ${message ?? ""}`;
  return state === "queued" ? (message ?? "") : state === "completed" ? "Done" : "";
}

function took(job: Job): string {
  if (!job.started_at || !job.finished_at) return "–";
  return duration((new Date(job.finished_at).getTime() - new Date(job.started_at).getTime()) / 1000);
}
