import { extent, linear, ticks } from "./scale";

interface IntervalProps {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly domain: readonly [number, number];
  readonly width: number;
  readonly height?: number;
  readonly tone?: "leader" | "plain" | "muted";
  readonly baseline?: number | null;
}

/** A score as a dot on its interval, on an axis that a whole table shares. Decorative: the numbers stand beside it. */
export function Interval(props: IntervalProps) {
  const { value, low, high, domain, width, height = 24, tone = "plain", baseline } = props;
  const x = linear(domain, [8, width - 8]);
  const middle = height / 2;
  const colour = tone === "leader" ? "var(--series-2)" : "var(--series-1)";
  return (
    <svg width={width} height={height} aria-hidden="true" className="block">
      <line x1={0} x2={width} y1={middle} y2={middle} stroke="var(--line)" />
      {ticks(...domain).map((tick) => (
        <line key={tick} x1={x(tick)} x2={x(tick)} y1={middle - 4} y2={middle + 4} stroke="var(--line)" />
      ))}
      {typeof baseline === "number" && baseline >= domain[0] && baseline <= domain[1] && (
        <line
          x1={x(baseline)}
          x2={x(baseline)}
          y1={1}
          y2={height - 1}
          stroke="var(--baseline)"
          strokeWidth={1.5}
          strokeDasharray="3 3"
        />
      )}
      {low !== null && high !== null && (
        <line
          x1={x(low)}
          x2={x(high)}
          y1={middle}
          y2={middle}
          stroke={colour}
          strokeWidth={5}
          strokeLinecap="round"
          opacity={tone === "muted" ? 0.25 : 0.4}
        />
      )}
      {value !== null && (
        <circle
          cx={x(value)}
          cy={middle}
          r={4.5}
          fill={colour}
          stroke="var(--surface)"
          strokeWidth={1.5}
          opacity={tone === "muted" ? 0.6 : 1}
        />
      )}
    </svg>
  );
}

interface AxisProps {
  readonly domain: readonly [number, number];
  readonly width: number;
  readonly format: (value: number) => string;
}

/** The common axis above a column of {@link Interval}s. */
export function IntervalAxis({ domain, width, format }: AxisProps) {
  const x = linear(domain, [8, width - 8]);
  return (
    <svg width={width} height={16} aria-hidden="true" className="block">
      {ticks(...domain).map((tick) => (
        <text
          key={tick}
          x={x(tick)}
          y={12}
          fontSize={11}
          textAnchor={x(tick) < 18 ? "start" : x(tick) > width - 18 ? "end" : "middle"}
          fill="var(--ink-3)"
          className="nums"
        >
          {format(tick)}
        </text>
      ))}
    </svg>
  );
}

/** One range for all intervals, so that they can be compared by eye. Far outliers do not squeeze the rest. */
export function sharedDomain(items: readonly { low: number; high: number }[]): [number, number] {
  if (items.length === 0) return [0, 1];
  const widest = Math.max(...items.map((item) => item.high - item.low), 0);
  const centres = items.map((item) => (item.low + item.high) / 2);
  const [low, high] = extent(centres);
  const margin = Math.max(widest * 0.6, (high - low) * 0.05);
  return [low - margin, high + margin];
}

/** How the ticks of a shared domain are written: as many decimals as their distance needs. */
export function tickFormat(domain: readonly [number, number]): (value: number) => string {
  const marks = ticks(...domain);
  const step =
    marks.length > 1 ? Math.abs((marks[1] ?? 0) - (marks[0] ?? 0)) : Math.abs(domain[1] - domain[0]);
  const digits =
    step >= 1 || step === 0
      ? 0
      : Math.min(6, Math.ceil(-Math.log10(step) - 1e-9) + (isQuarter(step) ? 1 : 0));
  const format = new Intl.NumberFormat("en-GB", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (value) => format.format(value).replace("-", "−");
}

function isQuarter(step: number): boolean {
  return step.toExponential(1).startsWith("2.5");
}
