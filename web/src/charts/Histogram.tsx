import { useWidth } from "../lib/useWidth";
import { Axes, MARGIN } from "./Axes";
import { extent, linear, nice, ticks } from "./scale";

interface HistogramProps {
  readonly label: string;
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly format: (value: number) => string;
  readonly formatCount: (value: number) => string;
  /** A value to draw a dotted line at, with its words. */
  readonly line?: { readonly at: number; readonly text: string };
  readonly height?: number;
}

/** Bars over equal-width bins; the bars start at zero. */
export function Histogram(props: HistogramProps) {
  const { label, edges, counts, xTitle, yTitle, format, formatCount, line, height = 280 } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const xDomain = extent(edges);
  const yDomain: [number, number] = [0, nice([0, Math.max(1, ...counts)])[1]];
  const x = linear(xDomain, [MARGIN.left, width - MARGIN.right]);
  const y = linear(yDomain, [height - MARGIN.bottom, MARGIN.top]);
  return (
    <div ref={ref}>
      <svg role="img" aria-label={label} width={width} height={height} className="block">
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
          formatY={formatCount}
        />
        {counts.map((count, i) => {
          const left = x(edges[i] ?? 0);
          const right = x(edges[i + 1] ?? 0);
          return (
            <rect
              key={edges[i]}
              x={left + 0.5}
              width={Math.max(0.5, right - left - 1)}
              y={y(count)}
              height={Math.max(0, y(0) - y(count))}
              fill="var(--bar)"
            >
              <title>{`${format(edges[i] ?? 0)} to ${format(edges[i + 1] ?? 0)}: ${formatCount(count)}`}</title>
            </rect>
          );
        })}
        {line && (
          <g>
            <line
              x1={x(line.at)}
              x2={x(line.at)}
              y1={MARGIN.top}
              y2={y(0)}
              stroke="var(--ink)"
              strokeWidth={1.5}
              strokeDasharray="1.5 3"
            />
            <text x={x(line.at) + 6} y={MARGIN.top + 10} fontSize={12} fill="var(--ink)">
              {line.text}
            </text>
          </g>
        )}
      </svg>
    </div>
  );
}
