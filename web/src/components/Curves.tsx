import type { ChartWords, Curve, Evaluation } from "../api/types";
import { ChartCard } from "../charts/ChartCard";
import { Histogram } from "../charts/Histogram";
import { LineChart } from "../charts/LineChart";
import { ScatterChart } from "../charts/ScatterChart";
import { compact, count, fixedDecimals, number, percent } from "../lib/format";
import { SentenceText } from "./Story";
import type { ThresholdRow } from "./Threshold";

const share = (value: number) => percent(value);
const UNIT = [0, 1] as const;

function rowsOf(curve: Curve): [string, string][] {
  return curve.x.map((x, i) => [fixedDecimals(x, 4), fixedDecimals(curve.y[i] ?? 0, 4)]);
}

interface CurvesProps {
  readonly evaluation: Evaluation;
  readonly words: readonly ChartWords[];
  readonly row?: ThresholdRow | undefined;
}

/** The headline that the server proved for a chart. */
export function Told({ words, id }: { words: readonly ChartWords[]; id: string }) {
  const found = words.find((w) => w.id === id);
  return found ? <SentenceText sentence={found.headline} facts={found.facts} /> : null;
}

function teller(words: readonly ChartWords[]) {
  return (id: string) => (words.some((w) => w.id === id) ? <Told words={words} id={id} /> : undefined);
}

/** The curves of a yes-or-no model; the chosen threshold stands on each where it has a place. */
export function ClassificationCurves({ evaluation, words, row }: CurvesProps) {
  const told = teller(words);
  const positive = String(evaluation.classes[1] ?? "yes");
  const { roc, precision_recall: pr, calibration, lift } = evaluation;
  const at = row && `threshold ${fixedDecimals(row.threshold, 3)}`;
  const negatives = row ? row.false_positive + row.true_negative : 0;
  return (
    <div className="grid grid-cols-2 gap-4 max-md:grid-cols-1">
      {roc && (
        <ChartCard
          title="ROC curve"
          headline={told("roc")}
          sentence="How much it finds for each false alarm. The further it bends to the upper left, the better; the dashed line is guessing."
          name="roc"
          table={{ caption: "ROC curve", header: ["False alarms", "Found"], rows: rowsOf(roc) }}
        >
          <LineChart
            label={`ROC curve of ${evaluation.target}: ${evaluation.metric_title} ${fixedDecimals(evaluation.score, 3)}. As a table below.`}
            lines={[
              { name: "model", x: roc.x, y: roc.y, kind: "main" },
              { name: "guessing", x: [0, 1], y: [0, 1], kind: "baseline" },
            ]}
            xTitle={`false alarms, share of the others`}
            yTitle={`found, share of “${positive}”`}
            xDomain={UNIT}
            yDomain={UNIT}
            format={share}
            {...(row && at && negatives > 0
              ? { mark: { x: row.false_positive / negatives, y: row.recall, text: at } }
              : {})}
          />
        </ChartCard>
      )}
      {pr && (
        <ChartCard
          title="Precision and recall"
          headline={told("precision-recall")}
          sentence="Precision against recall. It falls to the right: finding the last ones costs false alarms."
          name="precision-recall"
          table={{ caption: "Precision and recall", header: ["Recall", "Precision"], rows: rowsOf(pr) }}
        >
          <LineChart
            label={`Precision against recall of ${evaluation.target}. As a table below.`}
            lines={[{ name: "model", x: pr.x, y: pr.y, kind: "main" }]}
            xTitle={`recall, share of “${positive}” found`}
            yTitle="precision, share of alarms that are right"
            xDomain={UNIT}
            yDomain={UNIT}
            format={share}
            {...(row && at ? { mark: { x: row.recall, y: row.precision, text: at } } : {})}
          />
        </ChartCard>
      )}
      {calibration && (
        <ChartCard
          title="Calibration"
          headline={told("calibration")}
          sentence="Each point is a tenth of the rows. On the dashed line, what was said is what happened."
          name="calibration"
          table={{
            caption: "Calibration",
            header: ["Said", "Came true", "Rows"],
            rows: calibration.x.map((x, i) => [
              fixedDecimals(x, 4),
              fixedDecimals(calibration.y[i] ?? 0, 4),
              count(evaluation.calibration_counts?.[i]),
            ]),
          }}
        >
          <LineChart
            label={`Calibration of ${evaluation.target}: stated probability against what came true. As a table below.`}
            lines={[
              { name: "model", x: calibration.x, y: calibration.y, kind: "main", dots: true },
              { name: "exactly right", x: [0, 1], y: [0, 1], kind: "baseline" },
            ]}
            xTitle="probability that was said"
            yTitle="share that came true"
            xDomain={UNIT}
            yDomain={UNIT}
            format={share}
          />
        </ChartCard>
      )}
      {lift && (
        <ChartCard
          title="Lift"
          headline={told("lift")}
          sentence="Lift: the likeliest rows first. At the dashed line the model is no better than chance."
          name="lift"
          table={{ caption: "Lift", header: ["Share of rows", "Times better"], rows: rowsOf(lift) }}
        >
          <LineChart
            label={`Lift of ${evaluation.target}. As a table below.`}
            lines={[
              { name: "model", x: lift.x, y: lift.y, kind: "main" },
              { name: "at random", x: [0, 1], y: [1, 1], kind: "baseline" },
            ]}
            xTitle="share of rows taken, likeliest first"
            yTitle={`times more “${positive}” than at random`}
            xDomain={UNIT}
            yDomain={[0, Math.ceil(Math.max(2, ...lift.y))]}
            format={(value) => number(value)}
          />
        </ChartCard>
      )}
    </div>
  );
}

/** Predicted against actual, and how large the errors are. */
export function RegressionCharts({ evaluation, words }: CurvesProps) {
  const told = teller(words);
  const points = evaluation.predicted_actual ?? [];
  const residuals = evaluation.residual_histogram;
  const edges = residuals?.["edges"] ?? [];
  const counts = residuals?.["counts"] ?? [];
  return (
    <div className="grid grid-cols-2 gap-4 max-md:grid-cols-1">
      {points.length > 0 && (
        <ChartCard
          title="Predicted against actual"
          headline={told("predicted-actual")}
          sentence={`Each point is an unseen row. ${count(points.length)} are shown; on the dashed line the prediction is exact.`}
          name="predicted-actual"
          table={{
            caption: "Predicted and actual values",
            header: ["Predicted", "Actual"],
            rows: points.map(([p, a]) => [number(p), number(a)]),
          }}
        >
          <ScatterChart
            label={`Predicted against actual ${evaluation.target}. As a table below.`}
            points={points.map(([p, a]) => [p, a] as const)}
            xTitle={`predicted ${evaluation.target}`}
            yTitle={`actual ${evaluation.target}`}
            format={compact}
          />
        </ChartCard>
      )}
      {counts.length > 0 && (
        <ChartCard
          title="Errors"
          headline={told("residuals")}
          sentence="Errors on unseen rows. Left of the line the truth was lower than predicted, right of it higher."
          name="residuals"
          table={{
            caption: "Errors",
            header: ["From", "To", "Rows"],
            rows: counts.map((n, i) => [number(edges[i]), number(edges[i + 1]), count(n)]),
          }}
        >
          <Histogram
            label={`Errors of ${evaluation.target}. As a table below.`}
            edges={edges}
            counts={counts}
            xTitle={`actual minus predicted ${evaluation.target}`}
            yTitle="rows"
            format={compact}
            formatCount={compact}
            line={{ at: 0, text: "exact" }}
            height={320}
          />
        </ChartCard>
      )}
    </div>
  );
}
