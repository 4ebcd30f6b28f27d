import { useState } from "react";
import { useWidth } from "../lib/useWidth";
import { Axes, MARGIN } from "./Axes";
import { extent, linear, nice, path, ticks } from "./scale";

export interface Line {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly kind: "main" | "baseline" | "second";
  /** Marks each point, for curves of few points such as calibration. */
  readonly dots?: boolean;
}

interface LineChartProps {
  readonly label: string;
  readonly lines: readonly Line[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
  readonly format: (value: number) => string;
  /** A point to single out, with the words beside it (where the threshold stands). */
  readonly mark?: { readonly x: number; readonly y: number; readonly text: string };
  readonly height?: number;
}

const STYLE = {
  main: { stroke: "var(--series-1)", strokeWidth: 2, dash: undefined },
  second: { stroke: "var(--series-2)", strokeWidth: 2, dash: "7 3" },
  baseline: { stroke: "var(--baseline)", strokeWidth: 1.5, dash: "4 4" },
} as const;

/** Curves over one x axis, named at their ends; the pointer reads the nearest point of the first curve. */
export function LineChart(props: LineChartProps) {
  const { label, lines, xTitle, yTitle, format, mark, height = 280 } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number | null>(null);
  const xDomain = props.xDomain ?? extent(lines.flatMap((l) => l.x));
  const yDomain = props.yDomain ?? nice(extent(lines.flatMap((l) => l.y)));
  const x = linear(xDomain, [MARGIN.left, width - MARGIN.right]);
  const y = linear(yDomain, [height - MARGIN.bottom, MARGIN.top]);
  const first = lines[0];
  const read = at === null || !first ? null : nearest(first.x, at);
  return (
    <div ref={ref}>
      <svg
        role="img"
        aria-label={label}
        width={width}
        height={height}
        className="block"
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const share = (event.clientX - box.left - MARGIN.left) / (width - MARGIN.left - MARGIN.right);
          setAt(xDomain[0] + Math.min(1, Math.max(0, share)) * (xDomain[1] - xDomain[0]));
        }}
        onPointerLeave={() => setAt(null)}
      >
        <Axes
          x={x}
          y={y}
          xTicks={ticks(...xDomain)}
          yTicks={ticks(...yDomain)}
          xTitle={xTitle}
          yTitle={yTitle}
          width={width}
          height={height}
          formatX={format}
          formatY={format}
        />
        {[...lines].reverse().map((line) => (
          <Curve key={line.name} line={line} x={x} y={y} />
        ))}
        {lines.map((line) => (
          <EndLabel key={line.name} line={line} x={x} y={y} width={width} />
        ))}
        {mark && (
          <g>
            <circle
              cx={x(mark.x)}
              cy={y(mark.y)}
              r={5}
              fill="var(--surface)"
              stroke="var(--series-2)"
              strokeWidth={2.5}
            />
            <HaloText x={x(mark.x) + 10} y={y(mark.y) + 16} text={mark.text} />
          </g>
        )}
        {first && read !== null && (
          <g pointerEvents="none">
            <circle cx={x(first.x[read] ?? 0)} cy={y(first.y[read] ?? 0)} r={4} fill="var(--series-1)" />
            <HaloText
              x={Math.min(x(first.x[read] ?? 0) + 8, width - 110)}
              y={y(first.y[read] ?? 0) - 8}
              text={`${format(first.x[read] ?? 0)} → ${format(first.y[read] ?? 0)}`}
            />
          </g>
        )}
      </svg>
    </div>
  );
}

type Map = (value: number) => number;

function Curve({ line, x, y }: { line: Line; x: Map; y: Map }) {
  const style = STYLE[line.kind];
  const points = line.x.map((value, i) => [x(value), y(line.y[i] ?? 0)] as const);
  return (
    <g>
      <path
        d={path(points)}
        fill="none"
        stroke={style.stroke}
        strokeWidth={style.strokeWidth}
        strokeDasharray={style.dash}
        strokeLinejoin="round"
      />
      {line.dots &&
        points.map(([cx, cy], i) => (
          <circle
            // biome-ignore lint/suspicious/noArrayIndexKey: points of a curve have no identity but their place
            key={i}
            cx={cx}
            cy={cy}
            r={3.5}
            fill="var(--surface)"
            stroke={style.stroke}
            strokeWidth={2}
          />
        ))}
    </g>
  );
}

/** The name of a line where there is room on it: the baseline past its middle, the curve near its end. */
function EndLabel({ line, x, y, width }: { line: Line; x: Map; y: Map; width: number }) {
  const at = Math.floor((line.x.length - 1) * (line.kind === "baseline" ? 0.72 : 0.5));
  const px = interpolated(line.x, at);
  const py = interpolated(line.y, at);
  if (px === null || py === null) return null;
  const left = Math.min(x(px) + 8, width - 96);
  return (
    <HaloText
      x={left}
      y={y(py) + (line.kind === "baseline" ? 16 : 18)}
      text={line.name}
      fill={line.kind === "baseline" ? "var(--ink-3)" : "var(--ink)"}
    />
  );
}

function interpolated(values: readonly number[], at: number): number | null {
  if (values.length === 2) return ((values[0] ?? 0) + 2.6 * (values[1] ?? 0)) / 3.6;
  return values[at] ?? null;
}

/** Text that stays readable where it crosses a line. */
export function HaloText({
  x,
  y,
  text,
  fill = "var(--ink)",
}: {
  x: number;
  y: number;
  text: string;
  fill?: string;
}) {
  return (
    <text
      x={x}
      y={y}
      fontSize={12}
      fill={fill}
      stroke="var(--surface)"
      strokeWidth={4}
      strokeLinejoin="round"
      paintOrder="stroke"
      className="nums"
    >
      {text}
    </text>
  );
}

/** The place of the value nearest to `wanted`. */
export function nearest(values: readonly number[], wanted: number): number | null {
  let best: number | null = null;
  let distance = Number.POSITIVE_INFINITY;
  for (const [i, value] of values.entries()) {
    const d = Math.abs(value - wanted);
    if (d < distance) {
      best = i;
      distance = d;
    }
  }
  return best;
}
