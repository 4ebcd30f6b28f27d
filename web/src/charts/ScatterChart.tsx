import { useWidth } from "../lib/useWidth";
import { Axes, MARGIN } from "./Axes";
import { HaloText } from "./LineChart";
import { extent, linear, nice, ticks } from "./scale";

interface ScatterChartProps {
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly format: (value: number) => string;
  readonly height?: number;
}

/** Predicted against actual: both axes share one range, and the dashed diagonal is where they agree. */
export function ScatterChart({ label, points, xTitle, yTitle, format, height = 320 }: ScatterChartProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const domain = nice(extent(points.flat()));
  const x = linear(domain, [MARGIN.left, width - MARGIN.right]);
  const y = linear(domain, [height - MARGIN.bottom, MARGIN.top]);
  const marks = ticks(...domain);
  const corner = domain[0] + (domain[1] - domain[0]) * 0.82;
  return (
    <div ref={ref}>
      <svg role="img" aria-label={label} width={width} height={height} className="block">
        <Axes
          x={x}
          y={y}
          xTicks={marks}
          yTicks={marks}
          xTitle={xTitle}
          yTitle={yTitle}
          width={width}
          height={height}
          formatX={format}
          formatY={format}
        />
        <g fill="var(--series-1)" fillOpacity={points.length > 300 ? 0.35 : 0.5}>
          {points.map(([px, py], i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: points have no identity but their place
            <circle key={i} cx={x(px)} cy={y(py)} r={3} />
          ))}
        </g>
        <line
          x1={x(domain[0])}
          y1={y(domain[0])}
          x2={x(domain[1])}
          y2={y(domain[1])}
          stroke="var(--baseline)"
          strokeWidth={1.5}
          strokeDasharray="4 4"
        />
        <HaloText x={x(corner) + 8} y={y(corner) + 18} text="exactly right" fill="var(--ink-3)" />
      </svg>
    </div>
  );
}
