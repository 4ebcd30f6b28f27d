import { plural } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import type { Reading } from "./useReading";

/** What was changed and not read yet. It stays in sight, wherever on the page the change was made. */
export function ReadingBar({ reading, combined }: { reading: Reading; combined: boolean }) {
  const { changed, error, pending } = reading;
  if (changed.length === 0 && !error) return null;
  return (
    <div className="sticky bottom-4 z-20 flex flex-col gap-3">
      {error !== null && error !== undefined && <ErrorNote error={error} />}
      {changed.length > 0 && (
        <section
          className="card flex flex-wrap items-center justify-between gap-3 border-accent bg-accent-soft px-4 py-3 shadow-raised"
          aria-label="Changes to the reading"
        >
          <p className="min-w-0 text-13" role="status">
            <span className="font-semibold">{plural(changed.length, "change")}</span>
            {`: ${changed.join(", ")}. The stored file is read again and makes a new version.`}
            {combined && " The table that was added to it is then left out."}
          </p>
          <div className="flex gap-2">
            <button type="button" className="btn btn-quiet" onClick={reading.discard}>
              Discard
            </button>
            <button
              type="button"
              className="btn btn-primary"
              disabled={pending}
              onClick={() => reading.readAgain()}
            >
              Read again
            </button>
          </div>
        </section>
      )}
    </div>
  );
}
