import { type UseMutationResult, useQueryClient } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { hasEnded, useJob } from "../../api/live";
import type { Job } from "../../api/types";
import { EmptyState } from "../EmptyState";
import { ErrorNote } from "../ErrorNote";
import { JobProgress } from "../JobProgress";

interface SearchProps {
  readonly project: string;
  readonly job: Job | null;
  readonly stale: boolean;
  /** Why it cannot be started now; null when it can. */
  readonly whyNot: string | null;
  readonly start: UseMutationResult<unknown, Error, void>;
  /** "Look for ideas" */
  readonly verb: string;
  readonly title: string;
  readonly about: string;
  /** What can be set before it starts. */
  readonly settings?: ReactNode;
  /** The result of the newest search; null while there is none. */
  readonly children: ReactNode | null;
}

/** A search of this page: what it is for, a button, progress with a way to stop, then its result. */
export function Search(props: SearchProps) {
  const { project, stale, whyNot, start, verb, title, about, settings, children } = props;
  const client = useQueryClient();
  const { data: live } = useJob(props.job?.id ?? null, () => {
    for (const queryKey of [
      ["features", project],
      ["project", project],
      ["story", project],
    ]) {
      void client.invalidateQueries({ queryKey });
    }
  });
  const job = live ?? props.job;
  const running = job !== null && !hasEnded(job);
  const button = (
    <button
      type="button"
      className={children === null ? "btn btn-primary" : "btn btn-secondary"}
      disabled={whyNot !== null || start.isPending}
      onClick={() => start.mutate()}
    >
      {children === null ? verb : `${verb} again`}
    </button>
  );
  return (
    <>
      {running && <JobProgress job={job} title={title} />}
      {job?.state === "failed" && <JobProgress job={job} title={title} />}
      {start.error && <ErrorNote error={start.error} />}
      {!running && children === null && (
        <EmptyState
          title={title}
          action={
            <span className="flex flex-wrap items-center gap-3">
              {button}
              {settings}
            </span>
          }
        >
          <p>{about}</p>
          {job?.state === "canceled" && <p>The last search was stopped before it had a result.</p>}
          {whyNot !== null && <p>{whyNot}</p>}
        </EmptyState>
      )}
      {!running && children !== null && (
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="max-w-[46rem] text-13 text-ink-2">{about}</p>
          <span className="flex flex-wrap items-center gap-3">
            {settings}
            {button}
          </span>
        </div>
      )}
      {stale && children !== null && (
        <p className="flex items-center gap-2 rounded-6 bg-warn-soft px-3 py-2 text-13 text-warn">
          <CircleAlert size={15} aria-hidden />
          The table, the target or the steps have changed since this was measured.
        </p>
      )}
      {children}
    </>
  );
}
