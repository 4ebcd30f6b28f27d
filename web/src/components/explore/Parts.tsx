import type { ReactNode } from "react";
import { ErrorNote } from "../ErrorNote";
import { JobProgress } from "../JobProgress";
import { Skeleton } from "../Skeleton";
import type { useExploration } from "./useExploration";

type State = ReturnType<typeof useExploration>;

/** What stands above a result: work in progress, why it failed, that the table has moved on. */
export function Progress({ state, title }: { state: State; title: string }) {
  const { data, job, running, start, addColumn } = state;
  const failed = start.error ?? addColumn.error ?? state.error;
  return (
    <>
      {failed && <ErrorNote error={failed} />}
      {data === undefined && !state.error && <Skeleton lines={4} label={title} />}
      {job && (running || job.state === "failed") && <JobProgress job={job} title={title} />}
      {job?.state === "canceled" && <p className="text-13 text-ink-2">Stopped before there was a result.</p>}
      {addColumn.data && (
        <p role="status" className="text-13 text-ink-2">
          A new version of the table with this column is being made.
        </p>
      )}
    </>
  );
}

/** That a result is about an earlier version. */
export function OutOfDate({ show }: { show: boolean }) {
  return show ? (
    <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-13 text-warn">
      Out of date: the table has changed since this was found.
    </p>
  ) : null;
}

/** A name with its field below. */
export function Labelled({ name, children }: { name: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is handed over
    <label className="flex min-w-0 flex-col text-13 text-ink-2">
      {name}
      {children}
    </label>
  );
}

/** What a result left out, and what else there is to know. */
export function Notes({
  warnings,
  leftOut = [],
}: {
  warnings: readonly string[];
  leftOut?: readonly { readonly column: string; readonly reason: string }[];
}) {
  if (warnings.length === 0 && leftOut.length === 0) return null;
  return (
    <ul className="list-disc space-y-1 pl-5 text-13 text-ink-2">
      {warnings.map((text) => (
        <li key={text}>{text}</li>
      ))}
      {leftOut.map(({ column, reason }) => (
        <li key={column}>
          {column} takes no part: {reason}.
        </li>
      ))}
    </ul>
  );
}
