import { Axes, MARGIN } from "../../charts/Axes";
import { HaloText } from "../../charts/LineChart";
import { extent, linear, nice, path, ticks } from "../../charts/scale";
import { brief } from "../../lib/format";
import { useWidth } from "../../lib/useWidth";
import type { Forecast } from "./useExploration";

const HEIGHT = 320;
const SHOWN = 120;

interface ForecastChartProps {
  readonly target: string;
  readonly history: Forecast["history"];
  readonly forecasts: Forecast["forecasts"];
}

/** The last known values as a line, the forecast as a dashed one, its interval as a band. */
export function ForecastChart({ target, history, forecasts }: ForecastChartProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const past = history.slice(-SHOWN);
  const time = (text: string) => Date.parse(text.length > 10 ? `${text}Z` : text);
  const known = past.flatMap((point) =>
    point.value == null ? [] : [[time(point.time), point.value] as const],
  );
  const ahead = forecasts.map((point) => [time(point.time), point.forecast] as const);
  const domain = extent([...known, ...ahead].map(([at]) => at));
  const heights = nice(
    extent([...known.map(([, value]) => value), ...forecasts.flatMap((point) => [point.lower, point.upper])]),
  );
  const x = linear(domain, [MARGIN.left, width - MARGIN.right]);
  const y = linear(heights, [HEIGHT - MARGIN.bottom, MARGIN.top]);
  const at = (points: readonly (readonly [number, number])[]) =>
    path(points.map(([when, value]) => [x(when), y(value)] as const));
  const band = [
    ...forecasts.map((point) => [time(point.time), point.upper] as const),
    ...[...forecasts].reverse().map((point) => [time(point.time), point.lower] as const),
  ];
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
  const step = (domain[1] - domain[0]) / 4;
  const first = ahead[0];
  return (
    <div ref={ref}>
      <svg
        role="img"
        aria-label={`${target}: known values and forecast with its interval`}
        width={width}
        height={HEIGHT}
        className="block"
      >
        <Axes
          x={x}
          y={y}
          xTicks={[0, 1, 2, 3, 4].map((i) => domain[0] + i * step).slice(width < 520 ? 3 : 0)}
          yTicks={ticks(...heights)}
          xTitle="Time"
          yTitle={target}
          width={width}
          height={HEIGHT}
          formatX={(value) => day.format(value)}
          formatY={brief}
        />
        <path d={`${at(band)}Z`} fill="var(--series-2)" fillOpacity={0.18} />
        <path d={at(known)} fill="none" stroke="var(--series-1)" strokeWidth={1.5} />
        <path
          d={at(known.slice(-1).concat(ahead))}
          fill="none"
          stroke="var(--series-2)"
          strokeWidth={2}
          strokeDasharray="7 3"
        />
        {first && (
          <HaloText
            x={Math.min(x(first[0]), width - 70)}
            y={MARGIN.top + 14}
            text="forecast"
            fill="var(--ink)"
          />
        )}
      </svg>
    </div>
  );
}
