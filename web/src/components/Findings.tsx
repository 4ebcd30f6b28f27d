import { useState } from "react";
import type { Finding } from "../api/types";
import { count } from "../lib/format";
import { bySeverity, SeverityMark } from "./Status";

const SHOWN = 7;

interface FindingsPanelProps {
  readonly findings: readonly Finding[];
  readonly onShow: (column: string) => void;
}

/** What was found, ordered by what blocks the model. At most seven at first. */
export function FindingsPanel({ findings, onShow }: FindingsPanelProps) {
  const [all, setAll] = useState(false);
  const sorted = bySeverity(findings);
  const shown = all ? sorted : sorted.slice(0, SHOWN);
  const decisions = findings.filter((f) => f.severity === "fix" || f.severity === "decide").length;
  return (
    <section className="card shrink-0" aria-label="Findings">
      <header className="flex items-center justify-between gap-3 border-b border-line px-4 py-3">
        <h2 className="text-14 font-semibold">Findings</h2>
        <span className="nums text-12 text-ink-2">
          {decisions > 0 ? `${count(decisions)} to decide` : "nothing to decide"}
        </span>
      </header>
      {findings.length === 0 && (
        <p className="px-4 py-4 text-13 text-ink-2">Every check passed. Nothing stands in the way.</p>
      )}
      <ul className="divide-y divide-line">
        {shown.map((finding) => (
          <FindingItem key={`${finding.code}-${finding.columns.join()}`} finding={finding} onShow={onShow} />
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

function FindingItem({ finding, onShow }: { finding: Finding; onShow: (column: string) => void }) {
  const column = finding.columns[0];
  return (
    <li className="px-4 py-3.5">
      <SeverityMark severity={finding.severity} />
      <h3 className="mt-1 font-serif text-16 leading-[1.35] font-semibold break-words">{finding.headline}</h3>
      <p className="mt-1 text-13 text-ink-2">{finding.reason}</p>
      {column !== undefined && (
        <button type="button" className="link mt-2 text-12" onClick={() => onShow(column)}>
          Show {finding.columns.length === 1 ? "the column" : column}
        </button>
      )}
    </li>
  );
}
