import { Axes, MARGIN } from "../../charts/Axes";
import { extent, linear, nice, ticks } from "../../charts/scale";
import { brief } from "../../lib/format";
import { useWidth } from "../../lib/useWidth";
import type { Groups } from "./useExploration";

const HEIGHT = 360;

/** Rows on two axes, each drawn as the number of its group: told apart by shape as well as by colour. */
export function GroupMap({ points, n }: { points: Groups["points"]; n: number }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const across = nice(extent(points.map((point) => point.x)));
  const up = nice(extent(points.map((point) => point.y)));
  const x = linear(across, [MARGIN.left, width - MARGIN.right]);
  const y = linear(up, [HEIGHT - MARGIN.bottom, MARGIN.top]);
  return (
    <div ref={ref}>
      <svg role="img" aria-label={`Rows by ${n} groups`} width={width} height={HEIGHT} className="block">
        <Axes
          x={x}
          y={y}
          xTicks={ticks(...across)}
          yTicks={ticks(...up)}
          xTitle="First axis"
          yTitle="Second axis"
          width={width}
          height={HEIGHT}
          formatX={brief}
          formatY={brief}
        />
        <g fontSize={11} fontWeight={600} textAnchor="middle">
          {points.map((point) => (
            <text
              key={point.row}
              x={x(point.x)}
              y={y(point.y) + 4}
              fill={point.group > 6 ? "var(--ink-3)" : `var(--series-${point.group})`}
            >
              {point.group}
            </text>
          ))}
        </g>
      </svg>
    </div>
  );
}
