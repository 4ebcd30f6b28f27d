import type { Scale } from "./scale";

export const MARGIN = { top: 10, right: 14, bottom: 42, left: 60 } as const;

interface AxesProps {
  readonly x: Scale;
  readonly y: Scale;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly width: number;
  readonly height: number;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
}

/** Two axes with few round values, hairlines behind, and titles that carry the unit. */
export function Axes({ x, y, xTicks, yTicks, xTitle, yTitle, width, height, formatX, formatY }: AxesProps) {
  const bottom = height - MARGIN.bottom;
  const right = width - MARGIN.right;
  return (
    <g fontSize={11} fill="var(--ink-3)" className="nums">
      {yTicks.map((tick) => (
        <g key={tick}>
          <line x1={MARGIN.left} x2={right} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
          <text x={MARGIN.left - 8} y={y(tick)} textAnchor="end" dominantBaseline="middle">
            {formatY(tick)}
          </text>
        </g>
      ))}
      {xTicks.map((tick) => (
        <g key={tick}>
          <line x1={x(tick)} x2={x(tick)} y1={bottom} y2={bottom + 4} stroke="var(--line-strong)" />
          <text x={x(tick)} y={bottom + 16} textAnchor={anchor(x(tick), width)}>
            {formatX(tick)}
          </text>
        </g>
      ))}
      <line x1={MARGIN.left} x2={right} y1={bottom} y2={bottom} stroke="var(--line-strong)" />
      <text x={(MARGIN.left + right) / 2} y={height - 6} textAnchor="middle" fill="var(--ink-2)">
        {xTitle}
      </text>
      <text
        transform={`translate(11 ${(MARGIN.top + bottom) / 2}) rotate(-90)`}
        textAnchor="middle"
        fill="var(--ink-2)"
      >
        {yTitle}
      </text>
    </g>
  );
}

function anchor(x: number, width: number): "middle" | "end" {
  return x > width - 22 ? "end" : "middle";
}
