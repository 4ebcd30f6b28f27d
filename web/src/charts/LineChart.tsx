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
          <EndLabel key={line.name} line={line} x={x} y={y} width={width} height={height} />
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
            <HaloText
              x={Math.min(x(mark.x) + 10, width - 110)}
              y={y(mark.y) + (first && falls(first) ? -10 : 18)}
              text={mark.text}
            />
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

const LABEL_AT = { main: 0.6, second: 0.45, baseline: 0.72 } as const;
const LABEL_WIDTH = 56;

interface EndLabelProps {
  readonly line: Line;
  readonly x: Map;
  readonly y: Map;
  readonly width: number;
  readonly height: number;
}

/** The name of a line beside it, on the side where the line leaves room over the width of the word. */
function EndLabel({ line, x, y, width, height }: EndLabelProps) {
  const first = line.x[0] ?? 0;
  const last = line.x[line.x.length - 1] ?? 1;
  const left = Math.min(x(first + (last - first) * LABEL_AT[line.kind]), width - LABEL_WIDTH - 24);
  const pixels = line.x.map((value, i) => [x(value), y(line.y[i] ?? 0)] as const);
  const span = [heightAt(pixels, left), heightAt(pixels, left + LABEL_WIDTH)];
  for (const [px, py] of pixels) if (px >= left && px <= left + LABEL_WIDTH) span.push(py);
  return (
    <HaloText
      x={left}
      y={labelHeight(span, falls(line), height)}
      text={line.name}
      fill={line.kind === "baseline" ? "var(--ink-3)" : "var(--ink)"}
    />
  );
}

/** Where a label stands that keeps clear of a line (`span`, in pixels) and of both ends of the plot. */
export function labelHeight(span: readonly number[], wantsAbove: boolean, height: number): number {
  const [above, below] = [Math.min(...span) - 9, Math.max(...span) + 17];
  const [highest, lowest] = [MARGIN.top + 12, height - MARGIN.bottom - 5];
  const [fitsAbove, fitsBelow] = [above >= highest, below <= lowest];
  if (wantsAbove ? fitsAbove || !fitsBelow : fitsAbove && !fitsBelow) return Math.max(above, highest);
  return Math.min(below, lowest);
}

/** Where a drawn line stands at a horizontal place, in pixels. */
function heightAt(pixels: readonly (readonly [number, number])[], at: number): number {
  const i = pixels.findIndex(([px]) => px >= at);
  const [b, a] = [pixels[i], pixels[i - 1]];
  if (b === undefined) return pixels[pixels.length - 1]?.[1] ?? 0;
  if (a === undefined || b[0] === a[0]) return b[1];
  return a[1] + ((at - a[0]) / (b[0] - a[0])) * (b[1] - a[1]);
}

/** Whether a curve goes down to the right, so that there is room above it. */
function falls(line: Line): boolean {
  return (line.y[line.y.length - 1] ?? 0) < (line.y[Math.floor(line.y.length / 2)] ?? 0);
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
