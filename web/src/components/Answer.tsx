import { TriangleAlert } from "lucide-react";
import type { Prediction } from "../api/types";
import { Interval, IntervalAxis, tickFormat } from "../charts/Interval";
import { extent, nice } from "../charts/scale";
import { change, number, percent, points } from "../lib/format";
import { useWidth } from "../lib/useWidth";

interface AnswerProps {
  readonly prediction: Prediction;
  /** The answer for the typical row, to compare with; null when nothing was changed. */
  readonly before: Prediction | null;
  readonly updating: boolean;
  readonly positive: string | null;
}

/** The answer as a sentence, how sure it is, and what a change did to it. */
export function Answer({ prediction, before, updating, positive }: AnswerProps) {
  const { probabilities, lower, upper } = prediction;
  const shownClass = positive ?? String(prediction.prediction);
  return (
    <section className="card p-4" aria-label="Answer" aria-busy={updating}>
      <p
        className={`font-serif text-20 font-semibold transition-opacity ${updating ? "opacity-60" : ""}`}
        role="status"
      >
        {prediction.sentence}
      </p>
      {probabilities && (
        <ul className="mt-3 space-y-2">
          {Object.entries(probabilities)
            .sort(([, a], [, b]) => b - a)
            .slice(0, 8)
            .map(([label, p]) => (
              <li
                key={label}
                className="grid grid-cols-[minmax(0,8rem)_1fr_3.5rem] items-center gap-3 text-13"
              >
                <span
                  className={`truncate ${label === String(prediction.prediction) ? "font-semibold" : ""}`}
                >
                  {label}
                </span>
                <span aria-hidden className="h-2 overflow-hidden rounded-full bg-line">
                  <span
                    className="block h-full rounded-full bg-accent transition-[width] duration-200"
                    style={{
                      width: `${p * 100}%`,
                      opacity: label === String(prediction.prediction) ? 1 : 0.45,
                    }}
                  />
                </span>
                <span className="nums text-right font-medium">{percent(p)}</span>
              </li>
            ))}
        </ul>
      )}
      {lower != null && upper != null && typeof prediction.prediction === "number" && (
        <Range value={prediction.prediction} low={lower} high={upper} />
      )}
      {before && <Change before={before} now={prediction} label={shownClass} />}
      {(prediction.warnings ?? []).length > 0 && (
        <ul className="mt-3 space-y-1 border-t border-line pt-3 text-13 text-warn">
          {prediction.warnings.map((text) => (
            <li key={text} className="flex gap-2">
              <TriangleAlert size={15} aria-hidden className="mt-0.5 shrink-0" />
              {text}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Where the truth lies in nine of ten such cases, drawn to scale. The sentence above says the numbers. */
function Range({ value, low, high }: { value: number; low: number; high: number }) {
  const [ref, width] = useWidth<HTMLDivElement>(380);
  const domain = nice(extent([value, low, high], 0.2), 5);
  return (
    <div ref={ref} className="mt-3">
      <Interval value={value} low={low} high={high} domain={domain} width={width} height={26} />
      <IntervalAxis domain={domain} width={width} format={tickFormat(domain)} />
    </div>
  );
}

/** From and to, and the signed difference: what the fields that were changed did. */
function Change({ before, now, label }: { before: Prediction; now: Prediction; label: string }) {
  const [from, to] = [shownValue(before, label), shownValue(now, label)];
  if (from === null || to === null) return null;
  const probability = now.probabilities !== null && now.probabilities !== undefined;
  const written = probability ? percent : number;
  return (
    <p className="nums mt-3 border-t border-line pt-3 text-13">
      <span className="font-semibold">{probability ? `${points(to - from)} points` : change(to - from)}</span>
      <span className="text-ink-2">{` against the typical row${probability ? `, for ${label}` : ""}: from ${written(from)} to ${written(to)}`}</span>
    </p>
  );
}

function shownValue(prediction: Prediction, label: string): number | null {
  if (prediction.probabilities) return prediction.probabilities[label] ?? null;
  return typeof prediction.prediction === "number" ? prediction.prediction : null;
}
