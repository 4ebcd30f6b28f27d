import { CircleCheck, TriangleAlert, X } from "lucide-react";
import { address } from "../api/client";
import type { components } from "../api/schema";
import { cell, count, plural } from "../lib/format";

type Check = components["schemas"]["DataCheck"];
type Result = components["schemas"]["CheckResult"];

/** Failing rows on the page; all of them are in the file. */
const ROWS = 5;

interface SavedCheckProps {
  readonly project: string;
  readonly check: Check;
  readonly result: Result | undefined;
  readonly busy: boolean;
  readonly onSwitch: () => void;
  readonly onRemove: () => void;
}

/** A rule in force with its switch, what it found last, and rows that break it. */
export function SavedCheck({ project, check, result, busy, onSwitch, onRemove }: SavedCheckProps) {
  return (
    <li className="px-4 py-2.5 text-13">
      <div className="flex items-center gap-3">
        <label className="flex min-h-6 min-w-0 grow items-center gap-2.5">
          <input
            type="checkbox"
            className="size-4 shrink-0 accent-[var(--accent)]"
            checked={check.enabled}
            disabled={busy}
            onChange={onSwitch}
          />
          <span className={`min-w-0 break-words ${check.enabled ? "" : "text-ink-3"}`}>{check.sentence}</span>
        </label>
        {!check.enabled && <span className="shrink-0 text-12 text-ink-2">switched off</span>}
        <button
          type="button"
          className="flex size-7 shrink-0 items-center justify-center rounded-6 text-ink-3 hover:bg-hover hover:text-bad"
          aria-label={`Remove the rule: ${check.sentence}`}
          title="Remove"
          disabled={busy}
          onClick={onRemove}
        >
          <X size={15} aria-hidden />
        </button>
      </div>
      {result && check.enabled && (
        <p className={`mt-1 flex items-center gap-1.5 text-12 ${result.passed ? "text-good" : "text-bad"}`}>
          {result.passed ? <CircleCheck size={13} aria-hidden /> : <TriangleAlert size={13} aria-hidden />}
          {result.message}
        </p>
      )}
      {result && check.enabled && !result.passed && (
        <FailingRows project={project} check={check} result={result} />
      )}
    </li>
  );
}

function FailingRows({ project, check, result }: { project: string; check: Check; result: Result }) {
  const rows = (result.rows ?? []).slice(0, ROWS);
  if (rows.length === 0) return null;
  const columns = Object.keys(rows[0]?.cells ?? {});
  const file = address("/api/v1/projects/{project_id}/data-checks/{check_id}/rows.csv", {
    path: { project_id: project, check_id: check.id },
  });
  return (
    <div className="mt-2 overflow-x-auto">
      <table className="nums text-12" aria-label={`Rows that break the rule: ${check.sentence}`}>
        <thead>
          <tr>
            {["Row", ...columns].map((name) => (
              <th key={name} scope="col" className="pr-4 text-left font-medium text-ink-2">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.row}>
              <td className="pr-4">{count(row.row)}</td>
              {columns.map((name) => (
                <td key={name} className="pr-4">
                  {cell(row.cells[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <a className="link text-12" href={file} download>
        {`Download ${plural(result.n_failed, "failing row")} as CSV`}
      </a>
    </div>
  );
}
