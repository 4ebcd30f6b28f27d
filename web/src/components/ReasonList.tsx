import { useState } from "react";
import type { Reason } from "../api/types";
import { cell, change, percent, points } from "../lib/format";

interface ReasonListProps {
  readonly reasons: readonly Reason[];
  readonly base: number | null;
  /** Effects are probability points (a class was predicted) or units of the target. */
  readonly asPoints: boolean;
  /** What the effects are for: the class, or the target. */
  readonly subject: string;
}

const FIRST = 7;

/** What each column did to this prediction: for it to the right, against it to the left. They add up exactly. */
export function ReasonList({ reasons, base, asPoints, subject }: ReasonListProps) {
  const [all, setAll] = useState(false);
  const felt = reasons.filter((r) => r.effect !== 0);
  const shown = all ? felt : felt.slice(0, FIRST);
  const most = Math.max(...felt.map((r) => Math.abs(r.effect)), 1e-12);
  const written = (effect: number) => (asPoints ? `${points(effect)} points` : change(effect));
  // The mean of log-odds is not the mean of probabilities, so the start differs from the share of the class.
  const start = (value: number) =>
    asPoints
      ? `${percent(value)}, its average in odds, which need not be the share of ${subject}`
      : change(value).replace(/^[+±]/, "");
  return (
    <section className="card p-4" aria-label="Reasons">
      <h2 className="text-14 font-semibold">Why</h2>
      <p className="mt-0.5 text-13 text-ink-2">
        {base !== null && `Before it looks at any column, the model stands at ${start(base)}. `}
        Each column moves it; together they give the answer exactly.
      </p>
      <div
        aria-hidden
        className="mt-3 grid grid-cols-[minmax(0,9.5rem)_1fr_5.25rem] gap-3 text-11 text-ink-3"
      >
        <span />
        <span className="flex justify-between">
          <span>{asPoints ? "against" : "lower"}</span>
          <span>{asPoints ? `for ${subject}` : "higher"}</span>
        </span>
        <span />
      </div>
      <ul className="mt-1 space-y-1.5">
        {shown.map((reason) => (
          <li
            key={reason.column}
            className="grid grid-cols-[minmax(0,9.5rem)_1fr_5.25rem] items-center gap-3 text-13"
            title={reason.text}
          >
            <span className="min-w-0 leading-tight">
              <span className="block truncate font-medium">{reason.column}</span>
              <span className="block truncate text-12 text-ink-2">{cell(reason.value)}</span>
            </span>
            <EffectBar effect={reason.effect} most={most} />
            <span className="nums text-right text-12">{written(reason.effect)}</span>
          </li>
        ))}
      </ul>
      {felt.length > FIRST && (
        <button type="button" className="btn btn-quiet mt-2 -ml-3" onClick={() => setAll(!all)}>
          {all ? "Only the strongest" : `${felt.length - FIRST} smaller ones`}
        </button>
      )}
      {felt.length === 0 && (
        <p className="mt-2 text-13 text-ink-2">No column moves this answer away from the average.</p>
      )}
    </section>
  );
}

function EffectBar({ effect, most }: { effect: number; most: number }) {
  const size = (Math.abs(effect) / most) * 50;
  return (
    <span aria-hidden className="relative block h-4">
      <span className="absolute inset-y-[-3px] left-1/2 w-px bg-line-strong" />
      <span
        className="absolute inset-y-0.5 rounded-[2px] transition-[left,width] duration-200"
        style={{
          left: `${effect < 0 ? 50 - size : 50}%`,
          width: `${Math.max(0.6, size)}%`,
          background: effect < 0 ? "var(--bar-target)" : "var(--bar)",
        }}
      />
    </span>
  );
}
