import type { CandidateReport } from "../../api/types";
import { Axes, MARGIN } from "../../charts/Axes";
import { ChartCard } from "../../charts/ChartCard";
import { HaloText, LineChart } from "../../charts/LineChart";
import { linear, nice, ticks } from "../../charts/scale";
import { duration, number, score } from "../../lib/format";
import { useWidth } from "../../lib/useWidth";

interface RunChartsProps {
  readonly candidates: readonly CandidateReport[];
  readonly metricTitle: string;
  readonly higherIsBetter: boolean;
  readonly best: string | null;
  /** Best score over the seconds of the run, from what the server reported. */
  readonly curve: readonly { readonly seconds: number; readonly score: number }[];
}

/** Quality against speed, and the best score over time; both grow while candidates finish. */
export function RunCharts({ candidates, metricTitle, higherIsBetter, best, curve }: RunChartsProps) {
  const timed = candidates.filter(
    (c): c is Timed => typeof c.score === "number" && (c.predict_ms_per_row ?? 0) > 0,
  );
  const better = higherIsBetter ? "Up and to the left is better." : "Down and to the left is better.";
  return (
    <div className={`grid gap-4 ${curve.length > 1 ? "grid-cols-2 max-lg:grid-cols-1" : "grid-cols-1"}`}>
      {timed.length > 1 && (
        <ChartCard
          title="Quality against speed"
          sentence={`${metricTitle} against the time for one prediction. ${better}`}
          name="quality-against-speed"
          table={{
            caption: "Quality against speed",
            header: ["Candidate", metricTitle, "ms per row"],
            rows: timed.map((c) => [
              c.title,
              score(c.score),
              number(Number(c.predict_ms_per_row.toPrecision(2))),
            ]),
          }}
        >
          <SpeedChart points={timed} metricTitle={metricTitle} best={best} />
        </ChartCard>
      )}
      {curve.length > 1 && (
        <ChartCard
          title="Best score over time"
          sentence="What the search knew when. A flat end says that more time would buy little."
          name="score-over-time"
          table={{
            caption: "Best score over time",
            header: ["Time", metricTitle],
            rows: curve.map((point) => [duration(point.seconds), score(point.score)]),
          }}
        >
          <LineChart
            label={`Best ${metricTitle} over the seconds of the run. As a table below.`}
            lines={[
              {
                name: "best so far",
                ...steps(curve),
                kind: "main",
              },
            ]}
            xTitle="seconds since the start"
            yTitle={metricTitle}
            format={(value) => number(value)}
          />
        </ChartCard>
      )}
    </div>
  );
}

type Timed = CandidateReport & { readonly score: number; readonly predict_ms_per_row: number };

interface SpeedChartProps {
  readonly points: readonly Timed[];
  readonly metricTitle: string;
  readonly best: string | null;
}

const HEIGHT = 280;
const LETTER_WIDTH = 6.2;
const LINE = 13;

function SpeedChart({ points, metricTitle, best }: SpeedChartProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const logs = points.map((point) => Math.log10(point.predict_ms_per_row));
  const domain: [number, number] = [
    Math.floor(Math.min(...logs)),
    Math.max(Math.ceil(Math.max(...logs)), Math.floor(Math.min(...logs)) + 1),
  ];
  const range = nice([Math.min(...points.map((p) => p.score)), Math.max(...points.map((p) => p.score))]);
  const x = linear(domain, [MARGIN.left, width - MARGIN.right]);
  const y = linear(range, [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const decades = Array.from({ length: domain[1] - domain[0] + 1 }, (_, i) => domain[0] + i);
  const placed = placeLabels(
    points.map((point, i) => ({ x: x(logs[i] ?? 0), y: y(point.score), text: wordsOf(point, best) })),
    width,
  );
  return (
    <div ref={ref}>
      <svg
        role="img"
        aria-label={`${metricTitle} against prediction time of ${points.length} candidates. As a table below.`}
        width={width}
        height={HEIGHT}
        className="block"
      >
        <Axes
          x={x}
          y={y}
          xTicks={decades}
          yTicks={ticks(...range)}
          xTitle="prediction time, ms per row (log scale)"
          yTitle={metricTitle}
          width={width}
          height={HEIGHT}
          formatX={(value) => number(10 ** value)}
          formatY={(value) => number(value)}
        />
        {points.map((point, i) => (
          <g key={point.name}>
            <circle
              cx={x(logs[i] ?? 0)}
              cy={y(point.score)}
              r={point.name === best ? 6 : 4.5}
              fill={point.name === best ? "var(--series-2)" : "var(--series-1)"}
            />
            <HaloText x={placed[i]?.x ?? 0} y={placed[i]?.y ?? 0} text={wordsOf(point, best)} />
          </g>
        ))}
      </svg>
    </div>
  );
}

function wordsOf(point: Timed, best: string | null): string {
  return point.name === best ? `${point.title} (leads)` : point.title;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A place for each label beside its point, on the left where the right has no room; one that would cover another moves. */
export function placeLabels(points: readonly (Place & { readonly text: string })[], width: number): Place[] {
  const taken: (Place & { readonly wide: number })[] = [];
  const result: Place[] = points.map(({ x, y }) => ({ x, y }));
  const order = points.map((_, i) => i).sort((a, b) => (points[a]?.y ?? 0) - (points[b]?.y ?? 0));
  for (const i of order) {
    const point = points[i];
    if (!point) continue;
    const wide = point.text.length * LETTER_WIDTH;
    const x = point.x + 9 + wide > width ? point.x - 9 - wide : point.x + 9;
    const covers = (y: number) =>
      taken.some((other) => x < other.x + other.wide && other.x < x + wide && Math.abs(other.y - y) < LINE);
    let y = point.y + 4;
    while (covers(y)) y += LINE;
    if (y > HEIGHT - MARGIN.bottom - 2) {
      y = point.y - 8;
      while (covers(y)) y -= LINE;
    }
    taken.push({ x, y, wide });
    result[i] = { x, y };
  }
  return result;
}

/** The best so far stays until a better one is found: a step at every point. */
export function steps(curve: RunChartsProps["curve"]): { readonly x: number[]; readonly y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  curve.forEach((point, i) => {
    const before = curve[i - 1];
    if (before) {
      x.push(point.seconds);
      y.push(before.score);
    }
    x.push(point.seconds);
    y.push(point.score);
  });
  return { x, y };
}
