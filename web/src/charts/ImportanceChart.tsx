import { useWidth } from "../lib/useWidth";
import { extent, linear } from "./scale";

export interface ImportanceItem {
  readonly column: string;
  readonly loss: number;
  readonly low: number;
  readonly high: number;
}

interface ImportanceChartProps {
  readonly label: string;
  readonly items: readonly ImportanceItem[];
  readonly xTitle: string;
  readonly format: (value: number) => string;
}

const ROW = 28;

/** Loss of score when a column is shuffled: a bar from zero, the interval as a line on it, the value at the end. */
export function ImportanceChart({ label, items, xTitle, format }: ImportanceChartProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const names = Math.min(190, Math.max(90, width * 0.3));
  const [low, high] = extent(items.flatMap((item) => [item.low, item.high, 0]));
  const x = linear([Math.min(0, low), Math.max(high, 1e-12)], [names + 8, width - 64]);
  const height = items.length * ROW + 28;
  return (
    <div ref={ref}>
      <svg role="img" aria-label={label} width={width} height={height} className="nums block">
        {items.map((item, i) => {
          const middle = i * ROW + ROW / 2;
          return (
            <g key={item.column}>
              <text
                x={names}
                y={middle}
                fontSize={12}
                fill="var(--ink)"
                textAnchor="end"
                dominantBaseline="middle"
              >
                {shorten(item.column, Math.floor(names / 7))}
                <title>{item.column}</title>
              </text>
              <rect
                x={Math.min(x(0), x(item.loss))}
                width={Math.abs(x(item.loss) - x(0))}
                y={middle - 7}
                height={14}
                fill="var(--bar)"
              />
              <line
                x1={x(item.low)}
                x2={x(item.high)}
                y1={middle}
                y2={middle}
                stroke="var(--ink)"
                strokeWidth={1.5}
              />
              {[item.low, item.high].map((end, j) => (
                <line
                  // biome-ignore lint/suspicious/noArrayIndexKey: the two ends of an interval
                  key={j}
                  x1={x(end)}
                  x2={x(end)}
                  y1={middle - 3.5}
                  y2={middle + 3.5}
                  stroke="var(--ink)"
                  strokeWidth={1.5}
                />
              ))}
              <text
                x={Math.max(x(item.high), x(0)) + 8}
                y={middle}
                fontSize={12}
                fill="var(--ink-2)"
                dominantBaseline="middle"
              >
                {format(item.loss)}
              </text>
            </g>
          );
        })}
        <line x1={x(0)} x2={x(0)} y1={0} y2={items.length * ROW} stroke="var(--line-strong)" />
        <text x={x(0)} y={height - 8} fontSize={11} fill="var(--ink-2)">
          {xTitle}
        </text>
      </svg>
    </div>
  );
}

export function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text;
}
