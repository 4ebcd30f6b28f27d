import type { ReactNode } from "react";
import type { Story } from "../../api/types";
import { ErrorNote } from "../ErrorNote";
import { JobProgress } from "../JobProgress";
import { Skeleton } from "../Skeleton";
import { SentenceText, StoryPanel } from "../Story";
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

interface FoundProps {
  readonly state: State;
  readonly story: Story;
  readonly warnings: readonly string[] | undefined;
  readonly leftOut?: readonly LeftOut[];
  /** What stands between the story and the notes. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

interface LeftOut {
  readonly column: string;
  readonly reason: string;
}

/** A result: its headline, what was found, and beside it the story with what there is to know. */
export function Found({ state, story, warnings, leftOut, aside, children }: FoundProps) {
  return (
    <>
      <OutOfDate show={state.data?.is_current === false} />
      <h2 className="font-serif text-20 font-semibold">
        <SentenceText sentence={story.headline} facts={story.facts} />
      </h2>
      <div className="grid grid-cols-[minmax(0,1fr)_340px] items-start gap-4 max-lg:grid-cols-1">
        <div className="flex min-w-0 flex-col gap-4">{children}</div>
        <div className="flex min-w-0 flex-col gap-4">
          <StoryPanel story={story} />
          {aside}
          <Notes warnings={warnings ?? []} leftOut={leftOut} />
        </div>
      </div>
    </>
  );
}

/** Starts the search; once there is a result of the present table, it can become a column. */
export function Buttons({ state, start, onStart, add }: ButtonsProps) {
  return (
    <>
      <button
        type="button"
        className="btn btn-primary"
        disabled={state.running || state.start.isPending}
        onClick={onStart}
      >
        {start}
      </button>
      {add !== null && state.data?.is_current && (
        <button
          type="button"
          className="btn btn-secondary"
          disabled={state.addColumn.isPending || state.addColumn.isSuccess}
          onClick={() => state.addColumn.mutate()}
        >
          {add}
        </button>
      )}
    </>
  );
}

interface ButtonsProps {
  readonly state: State;
  readonly start: string;
  readonly onStart: () => void;
  /** Words of the button that adds a column; null while there is nothing to add. */
  readonly add: string | null;
}

/** That a result is about an earlier version. */
function OutOfDate({ show }: { show: boolean }) {
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
function Notes({
  warnings,
  leftOut = [],
}: {
  warnings: readonly string[];
  leftOut?: readonly LeftOut[] | undefined;
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
