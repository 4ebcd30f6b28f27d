import { Check, CircleCheck } from "lucide-react";
import { useState } from "react";
import type { Finding, FindingAction, ProfileOverview } from "../api/types";
import { count, plural } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { SeverityMark } from "./Status";

const SHOWN = 7;

interface FindingsPanelProps {
  readonly profile: Pick<ProfileOverview, "findings" | "n_findings" | "n_urgent">;
  readonly onShow: (column: string) => void;
  readonly onChooseTarget: () => void;
  /** How a step gets into the recipe, and whether it is there. */
  readonly steps: {
    /** Its place in the recipe, counted from 1; null where it is not there. */
    readonly place: (step: Step) => number | null;
    readonly add: (step: Step) => void;
    readonly remove: (step: Step) => void;
    readonly busy: boolean;
    readonly error: unknown;
  };
}

type Step = NonNullable<FindingAction["step"]>;

/** What was found, ordered by what blocks the model. At most seven at first. */
export function FindingsPanel({ profile, onShow, onChooseTarget, steps }: FindingsPanelProps) {
  /** What the page can do of what the server offers; null for a button it does not have. */
  const runnable = (action: FindingAction): (() => void) | null => {
    const { column, step } = action;
    if (action.kind === "show_column" && column != null) return () => onShow(column);
    if (action.kind === "apply_step" && step != null) return () => steps.add(step);
    return action.kind === "choose_target" ? onChooseTarget : null;
  };
  const [all, setAll] = useState(false);
  const { findings, n_findings, n_urgent } = profile;
  const shown = all ? findings : findings.slice(0, SHOWN);
  return (
    <section className="card shrink-0" aria-label="Findings">
      <header className="flex items-center justify-between gap-3 border-b border-line px-4 py-3">
        <h2 className="text-14 font-semibold">Findings</h2>
        <span className="nums text-12 text-ink-2">
          {n_urgent > 0 ? `${count(n_urgent)} of ${plural(n_findings, "finding")} worth a look` : ""}
        </span>
      </header>
      {steps.error != null && (
        <div className="p-4">
          <ErrorNote error={steps.error} />
        </div>
      )}
      {findings.length === 0 && (
        <p className="px-4 py-4 text-13 text-ink-2">Every check passed. Nothing stands in the way.</p>
      )}
      <ul className="divide-y divide-line">
        {shown.map((finding) => (
          <FindingItem
            key={`${finding.code}-${finding.columns.join()}`}
            finding={finding}
            runnable={runnable}
            place={(action) => (action.step == null ? null : steps.place(action.step))}
            takeBack={(action) => action.step != null && steps.remove(action.step)}
            busy={steps.busy}
          />
        ))}
      </ul>
      {all && n_findings > findings.length && (
        <p className="nums border-t border-line px-4 py-3 text-13 text-ink-2">
          {`${plural(n_findings - findings.length, "further finding")}, none of them more urgent.`}
        </p>
      )}
      {findings.length > SHOWN && (
        <button
          type="button"
          className="btn btn-quiet w-full rounded-none border-t border-line"
          onClick={() => setAll(!all)}
        >
          {all ? "Show the first seven" : `${count(findings.length - SHOWN)} more`}
        </button>
      )}
    </section>
  );
}

interface FindingItemProps {
  readonly finding: Finding;
  readonly runnable: (action: FindingAction) => (() => void) | null;
  readonly place: (action: FindingAction) => number | null;
  readonly takeBack: (action: FindingAction) => void;
  readonly busy: boolean;
}

function FindingItem({ finding, runnable, place, takeBack, busy }: FindingItemProps) {
  const buttons = finding.actions.flatMap((action) => {
    const run = runnable(action);
    return run === null ? [] : [{ action, run }];
  });
  const [handled] = buttons.flatMap(({ action }) => place(action) ?? []);
  return (
    <li className="px-4 py-3.5">
      {handled === undefined ? (
        <SeverityMark
          severity={finding.severity}
          actionable={buttons.some(({ action }) => action.kind !== "show_column")}
        />
      ) : (
        <span className="nums inline-flex items-center gap-1.5 text-12 font-semibold text-good">
          <CircleCheck size={14} aria-hidden />
          {`Handled by step ${count(handled)}`}
        </span>
      )}
      <h3 className="mt-1 font-serif text-16 leading-[1.35] font-semibold break-words">{finding.headline}</h3>
      <p className="mt-1 text-13 text-ink-2">{finding.reason}</p>
      {buttons.length > 0 && (
        <div className="mt-2 flex flex-wrap gap-x-4 gap-y-1">
          {buttons.map(({ action, run }) =>
            place(action) !== null ? (
              <span key={action.title} className="flex items-center gap-1 text-12 text-good">
                <Check size={13} aria-hidden />
                {`${action.title}: among your steps`}
                <button
                  type="button"
                  className="link ml-1 min-h-6 text-12"
                  aria-label={`Undo ${action.title}`}
                  disabled={busy}
                  onClick={() => takeBack(action)}
                >
                  Undo
                </button>
              </span>
            ) : (
              <button
                key={action.title}
                type="button"
                className="link text-12"
                disabled={busy && action.kind === "apply_step"}
                onClick={run}
              >
                {action.title}
              </button>
            ),
          )}
        </div>
      )}
    </li>
  );
}
