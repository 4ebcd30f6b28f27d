import { Link } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import type { ExperimentLine } from "../../api/training";
import { DASH, dateTime, duration, fullDateTime, score } from "../../lib/format";
import { Table } from "../Table";

const STATES = {
  queued: "waiting",
  running: "running",
  completed: "finished",
  canceled: "stopped",
  failed: "failed",
} as const;

interface RunTableProps {
  readonly runs: readonly ExperimentLine[];
  readonly chosen: readonly string[];
  /** As many are chosen as can be compared. */
  readonly full: boolean;
  /** Viewers neither compare nor repeat: both start work. */
  readonly mayEdit: boolean;
  readonly onToggle: (id: string) => void;
  readonly onAgain: (run: ExperimentLine) => void;
}

/** Runs with what they found; a tick chooses one for comparing. */
export function RunTable({ runs, chosen, full, mayEdit, onToggle, onAgain }: RunTableProps) {
  return (
    <Table
      label="Training runs"
      header={[
        ...(mayEdit ? ["Compare"] : []),
        "Project",
        "Predicts",
        "Best",
        "Score",
        "95% interval",
        "Budget",
        "Started",
        "By",
        "State",
        "Replay hash",
        ...(mayEdit ? ["Again"] : []),
      ]}
    >
      {runs.map((run) => {
        const name = `${run.project_name}, ${dateTime(run.created_at)}`;
        return (
          <tr key={run.id}>
            {mayEdit && (
              <td>
                <label className="flex size-6 items-center justify-center">
                  <input
                    type="checkbox"
                    className="size-4 accent-[var(--accent)]"
                    aria-label={`Compare ${name}`}
                    checked={chosen.includes(run.id)}
                    disabled={full && !chosen.includes(run.id)}
                    onChange={() => onToggle(run.id)}
                  />
                </label>
              </td>
            )}
            <th scope="row" className="font-semibold">
              <Link to="/p/$project/train" params={{ project: run.project_id }} className="link">
                {run.project_name}
              </Link>
            </th>
            <td>{run.target}</td>
            <td>{run.result?.best_title ?? DASH}</td>
            <td className="font-semibold whitespace-nowrap">
              {run.result ? `${run.result.metric_title} ${score(run.result.score)}` : DASH}
            </td>
            <td className="whitespace-nowrap">
              {run.result ? `${score(run.result.interval[0])} to ${score(run.result.interval[1])}` : DASH}
            </td>
            <td className="whitespace-nowrap">{duration(run.options.budget_seconds)}</td>
            <td className="whitespace-nowrap" title={fullDateTime(run.created_at)}>
              {dateTime(run.created_at)}
            </td>
            <td>{run.started_by ?? DASH}</td>
            <td title={run.error?.message}>{STATES[run.state]}</td>
            <td>
              <code className="text-12" title={run.result?.replay_hash ?? undefined}>
                {run.result?.replay_hash?.slice(0, 12) ?? DASH}
              </code>
            </td>
            {mayEdit && (
              <td>
                <button
                  type="button"
                  className="btn btn-quiet"
                  aria-label={`Train ${name} again with the same settings`}
                  title="Train again with the same settings"
                  onClick={() => onAgain(run)}
                >
                  <RotateCcw size={16} aria-hidden />
                </button>
              </td>
            )}
          </tr>
        );
      })}
    </Table>
  );
}
