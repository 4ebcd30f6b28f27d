import { useWidth } from "../lib/useWidth";
import { extent, linear } from "./scale";

interface BoxPlotProps {
  readonly label: string;
  readonly minimum: number;
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
  readonly maximum: number;
}

/** The middle half of the values as a box with the median in it, and lines to the smallest and largest. */
export function BoxPlot({ label, minimum, lower, median, upper, maximum }: BoxPlotProps) {
  const [ref, width] = useWidth<HTMLDivElement>(360);
  const x = linear(extent([minimum, maximum]), [8, width - 8]);
  return (
    <div ref={ref}>
      <svg role="img" aria-label={label} width={width} height={30} className="block">
        <title>{label}</title>
        <line x1={x(minimum)} x2={x(maximum)} y1={15} y2={15} stroke="var(--line-strong)" />
        {[minimum, maximum].map((end) => (
          <line key={end} x1={x(end)} x2={x(end)} y1={9} y2={21} stroke="var(--line-strong)" />
        ))}
        <rect
          x={x(lower)}
          width={Math.max(1, x(upper) - x(lower))}
          y={6}
          height={18}
          fill="var(--bar-soft)"
          stroke="var(--bar)"
        />
        <line x1={x(median)} x2={x(median)} y1={6} y2={24} stroke="var(--ink)" strokeWidth={2} />
      </svg>
    </div>
  );
}
