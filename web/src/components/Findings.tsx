import { useState } from "react";
import type { Finding } from "../api/types";
import { count, plural } from "../lib/format";
import { bySeverity, SeverityMark } from "./Status";

const SHOWN = 7;

interface FindingsPanelProps {
  readonly findings: readonly Finding[];
  readonly onShow: (column: string) => void;
  readonly onChooseTarget: () => void;
}

type Action = Finding["actions"][number];

/** What was found, ordered by what blocks the model. At most seven at first. */
export function FindingsPanel({ findings, onShow, onChooseTarget }: FindingsPanelProps) {
  /** What the page can do of what the server offers; null for a button it does not have. */
  const runnable = (action: Action): (() => void) | null => {
    const { column } = action;
    if (action.kind === "show_column" && column != null) return () => onShow(column);
    return action.kind === "choose_target" ? onChooseTarget : null;
  };
  const [all, setAll] = useState(false);
  const sorted = bySeverity(findings);
  const shown = all ? sorted : sorted.slice(0, SHOWN);
  const urgent = findings.filter((f) => f.severity === "fix" || f.severity === "decide").length;
  return (
    <section className="card shrink-0" aria-label="Findings">
      <header className="flex items-center justify-between gap-3 border-b border-line px-4 py-3">
        <h2 className="text-14 font-semibold">Findings</h2>
        <span className="nums text-12 text-ink-2">
          {urgent > 0 ? `${count(urgent)} of ${plural(findings.length, "finding")} worth a look` : ""}
        </span>
      </header>
      {findings.length === 0 && (
        <p className="px-4 py-4 text-13 text-ink-2">Every check passed. Nothing stands in the way.</p>
      )}
      <ul className="divide-y divide-line">
        {shown.map((finding) => (
          <FindingItem
            key={`${finding.code}-${finding.columns.join()}`}
            finding={finding}
            runnable={runnable}
          />
        ))}
      </ul>
      {sorted.length > SHOWN && (
        <button
          type="button"
          className="btn btn-quiet w-full rounded-none border-t border-line"
          onClick={() => setAll(!all)}
        >
          {all ? "Show the first seven" : `${count(sorted.length - SHOWN)} more`}
        </button>
      )}
    </section>
  );
}

interface FindingItemProps {
  readonly finding: Finding;
  readonly runnable: (action: Action) => (() => void) | null;
}

function FindingItem({ finding, runnable }: FindingItemProps) {
  const buttons = finding.actions.flatMap((action) => {
    const run = runnable(action);
    return run === null ? [] : [{ action, run }];
  });
  return (
    <li className="px-4 py-3.5">
      <SeverityMark
        severity={finding.severity}
        actionable={buttons.some(({ action }) => action.kind !== "show_column")}
      />
      <h3 className="mt-1 font-serif text-16 leading-[1.35] font-semibold break-words">{finding.headline}</h3>
      <p className="mt-1 text-13 text-ink-2">{finding.reason}</p>
      {buttons.length > 0 && (
        <div className="mt-2 flex flex-wrap gap-x-4 gap-y-1">
          {buttons.map(({ action, run }) => (
            <button key={action.title} type="button" className="link text-12" onClick={run}>
              {action.title}
            </button>
          ))}
        </div>
      )}
    </li>
  );
}
