import { useId } from "react";
import type { Evaluation } from "../api/types";
import { ConfusionMatrix } from "../charts/ConfusionMatrix";
import { fixedDecimals, percent } from "../lib/format";

/** What the engine computed for one threshold. */
export interface ThresholdRow {
  readonly threshold: number;
  readonly true_positive: number;
  readonly false_positive: number;
  readonly true_negative: number;
  readonly false_negative: number;
  readonly precision: number;
  readonly recall: number;
}

/** The rows of the table of the API that are complete, by rising threshold. */
export function thresholdRows(evaluation: Evaluation): ThresholdRow[] {
  return (evaluation.thresholds ?? [])
    .map((row) => row as unknown as ThresholdRow)
    .filter((row) => typeof row.threshold === "number" && typeof row.recall === "number")
    .sort((a, b) => a.threshold - b.threshold);
}

/** The computed row nearest to a wanted threshold: looked up, never interpolated. */
export function nearestRow(rows: readonly ThresholdRow[], wanted: number): number {
  let best = 0;
  for (const [i, row] of rows.entries()) {
    if (Math.abs(row.threshold - wanted) < Math.abs((rows[best]?.threshold ?? 0) - wanted)) best = i;
  }
  return best;
}

/** The row that a move of the slider leads to: the nearest one, and always at least the next in its direction. */
export function step(rows: readonly ThresholdRow[], at: number, wanted: number): number {
  const found = nearestRow(rows, wanted);
  if (found !== at) return found;
  const direction = Math.sign(wanted - (rows[at]?.threshold ?? wanted));
  return Math.min(rows.length - 1, Math.max(0, at + direction));
}

interface ThresholdPanelProps {
  readonly evaluation: Evaluation;
  readonly rows: readonly ThresholdRow[];
  readonly at: number;
  readonly onMove: (threshold: number) => void;
}

/** From which probability on the answer is yes, and what that does to the four counts. */
export function ThresholdPanel({ evaluation, rows, at, onMove }: ThresholdPanelProps) {
  const id = useId();
  const row = rows[at];
  if (row === undefined) return null;
  const classes = evaluation.classes.map(String);
  const positive = classes[1] ?? "yes";
  const stored = evaluation.threshold;
  const storedRow = stored === null || stored === undefined ? null : nearestRow(rows, stored);
  return (
    <section className="card p-4" aria-label="Threshold">
      <h2 className="font-serif text-17 font-semibold">
        From which probability on is the answer “{positive}”?
      </h2>
      <p className="mt-0.5 text-13 text-ink-2">
        A lower threshold finds more of them and raises more false alarms. Counts are on the unseen rows.
      </p>
      <div className="mt-4 flex items-baseline justify-between text-13">
        <label htmlFor={id} className="font-medium">
          Threshold
        </label>
        <output htmlFor={id} className="nums font-semibold">
          {fixedDecimals(row.threshold, 3)}
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={1}
        step={0.001}
        value={row.threshold}
        aria-valuetext={`threshold ${fixedDecimals(row.threshold, 3)}, precision ${percent(row.precision)}, recall ${percent(row.recall)}`}
        className="mt-1 h-6 w-full accent-[var(--accent)]"
        onChange={(event) => {
          const next = rows[step(rows, at, Number(event.target.value))];
          if (next) onMove(next.threshold);
        }}
      />
      <div className="mt-1 flex items-center justify-between text-12 text-ink-2">
        <span>
          {storedRow === at ? "The threshold the model uses" : "What if: the model keeps its own threshold"}
        </span>
        {storedRow !== null && storedRow !== at && (
          <button type="button" className="link" onClick={() => onMove(rows[storedRow]?.threshold ?? 0.5)}>
            Back to {fixedDecimals(rows[storedRow]?.threshold ?? 0.5, 3)}
          </button>
        )}
      </div>
      <div className="mt-4 flex flex-wrap items-center gap-x-8 gap-y-4">
        <ConfusionMatrix
          caption={`Right and wrong answers at threshold ${fixedDecimals(row.threshold, 3)}`}
          classes={classes}
          matrix={[
            [row.true_negative, row.false_positive],
            [row.false_negative, row.true_positive],
          ]}
        />
        <dl className="grid gap-y-3 text-13">
          <div>
            <dt className="text-ink-2">Precision: how often “{positive}” is right</dt>
            <dd className="nums text-20 font-semibold">{percent(row.precision)}</dd>
          </div>
          <div>
            <dt className="text-ink-2">Recall: how many “{positive}” are found</dt>
            <dd className="nums text-20 font-semibold">{percent(row.recall)}</dd>
          </div>
        </dl>
      </div>
    </section>
  );
}
