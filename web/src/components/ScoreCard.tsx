import type { Evaluation } from "../api/types";
import { Interval, IntervalAxis, tickFormat } from "../charts/Interval";
import { extent, nice } from "../charts/scale";
import { percent, plural, score } from "../lib/format";
import { scoreName } from "../lib/metrics";
import { useWidth } from "../lib/useWidth";

/** The one score, its interval and the baseline on one axis, and how it was measured. */
export function ScoreCard({ evaluation }: { evaluation: Evaluation }) {
  const [ref, width] = useWidth<HTMLDivElement>(640);
  const { score: value, interval, baseline_score: baseline } = evaluation;
  const domain = nice(extent([value, ...interval, baseline], 0.08), 7);
  return (
    <section className="card p-5" aria-label="Score">
      <div className="flex flex-wrap items-baseline gap-x-8 gap-y-2">
        <div>
          <h2 className="text-12 text-ink-2">{evaluation.metric_title}, on unseen rows</h2>
          <p className="nums font-serif text-32 font-semibold">{score(value)}</p>
        </div>
        <dl className="nums grid grid-cols-[auto_auto] gap-x-3 text-13">
          <dt className="text-ink-2">95% interval</dt>
          <dd>{`${score(interval[0])} to ${score(interval[1])}`}</dd>
          <dt className="text-ink-2">Guessing without a model</dt>
          <dd>{score(baseline)}</dd>
        </dl>
      </div>
      <div ref={ref} className="mt-4">
        <Interval
          value={value}
          low={interval[0]}
          high={interval[1]}
          domain={domain}
          width={width}
          height={30}
          baseline={baseline}
        />
        <IntervalAxis domain={domain} width={width} format={tickFormat(domain)} />
        <p className="mt-1 flex flex-wrap gap-x-5 text-12 text-ink-2">
          <span className="flex items-center gap-1.5">
            <svg width={22} height={10} aria-hidden="true">
              <line
                x1={2}
                x2={20}
                y1={5}
                y2={5}
                stroke="var(--series-1)"
                strokeWidth={5}
                strokeLinecap="round"
                opacity={0.4}
              />
              <circle cx={11} cy={5} r={4} fill="var(--series-1)" />
            </svg>
            score and interval
          </span>
          <span className="flex items-center gap-1.5">
            <svg width={10} height={12} aria-hidden="true">
              <line
                x1={5}
                x2={5}
                y1={0}
                y2={12}
                stroke="var(--baseline)"
                strokeWidth={1.5}
                strokeDasharray="3 3"
              />
            </svg>
            baseline
          </span>
          <span>{evaluation.higher_is_better ? "Further right is better." : "Further left is better."}</span>
        </p>
      </div>
      <p className="mt-3 border-t border-line pt-3 text-13 text-ink-2">{evaluation.method_sentence}</p>
    </section>
  );
}

/** The other scores on the same rows, each beside what guessing gives. */
export function Companions({ evaluation }: { evaluation: Evaluation }) {
  const baselines = evaluation.companion_baselines ?? {};
  const rows = Object.entries(evaluation.companions);
  const written = (key: string, value: number | null | undefined) =>
    value === null || value === undefined
      ? "not defined"
      : scoreName(key).percent
        ? percent(value)
        : score(value);
  const anyBaseline = Object.values(baselines).some((value) => value !== null);
  return (
    <section className="card p-4" aria-label="Other scores">
      <h2 className="text-14 font-semibold">The same rows in other scores</h2>
      <table className="nums mt-2 w-full text-13">
        <thead>
          <tr className="text-12 text-ink-2">
            <th scope="col" className="py-1 text-left font-medium">
              Score
            </th>
            <th scope="col" className="py-1 text-right font-medium">
              Model
            </th>
            {anyBaseline && (
              <th scope="col" className="py-1 text-right font-medium">
                Baseline
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(([key, value]) => (
            <tr key={key} className="border-t border-line">
              <th scope="row" className="py-1.5 text-left font-normal">
                {scoreName(key).title}
              </th>
              <td className="py-1.5 text-right font-medium">{written(key, value)}</td>
              {anyBaseline && (
                <td className="py-1.5 text-right text-ink-2">{written(key, baselines[key])}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="nums mt-2 text-12 text-ink-2">{`Measured on ${plural(evaluation.n_test_rows, "row")}.`}</p>
    </section>
  );
}
