import { useQuery } from "@tanstack/react-query";
import { historyQuery } from "../../api/preparing";
import { dateTime } from "../../lib/format";
import type { Prepare } from "./usePrepare";

/** Every state the steps were in, newest first. Going back to one and changing the steps there begins a branch. */
export function History({ project, prepare }: { project: string; prepare: Prepare }) {
  const { data } = useQuery(historyQuery(project));
  if (data === undefined || data.states.length < 2) return null;
  const name = new Map(data.branches.map((branch) => [branch.id, branch.name]));
  return (
    <details className="card">
      <summary className="px-4 py-3 text-14 font-semibold">
        {`History: ${data.states.length} states${data.branches.length > 1 ? ` on ${data.branches.length} branches` : ""}`}
      </summary>
      <ol className="max-h-72 divide-y divide-line overflow-y-auto border-t border-line" aria-label="States">
        {data.states.toReversed().map((state) => (
          <li key={state.id} className="flex items-start gap-2 px-4 py-2 text-13">
            <div className="min-w-0 grow">
              <p className="break-words">
                {state.what}
                {state.branches.map((branch) => (
                  <span key={branch} className="ml-1.5 rounded-4 bg-sunken px-1 text-11 text-ink-2">
                    {name.get(branch) ?? branch}
                  </span>
                ))}
              </p>
              <p className="text-12 text-ink-2">
                {[dateTime(state.created_at), state.created_by].filter(Boolean).join(", ")}
              </p>
            </div>
            {state.is_current ? (
              <span className="text-12 font-medium text-accent-text">here</span>
            ) : (
              <button
                type="button"
                className="btn btn-quiet min-h-7 px-2 py-0.5 text-12"
                aria-label={`Go to: ${state.what}`}
                disabled={prepare.busy}
                onClick={() => prepare.go.mutate({ state_id: state.id })}
              >
                Go here
              </button>
            )}
          </li>
        ))}
      </ol>
    </details>
  );
}
