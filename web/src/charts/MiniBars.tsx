import type { Bar } from "../lib/filters";
import { plural } from "../lib/format";

interface MiniBarsProps {
  readonly bars: readonly Bar[];
  /** The bar whose rows are shown, or -1. */
  readonly chosen: number;
  readonly onBar: (bar: Bar) => void;
  readonly tone?: "plain" | "target";
  readonly width: number;
  readonly height?: number;
}

/**
 * The shape of a column in the space of a thumbnail. A click on a bar shows its rows. Nothing for a screen reader: the
 * header says range and gaps in words, and the menu of the column lists the bars for the keyboard.
 */
export function MiniBars({ bars, chosen, onBar, tone = "plain", width, height = 44 }: MiniBarsProps) {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const step = width / Math.max(1, bars.length);
  const gap = step > 4 ? 1 : step > 2 ? 0.5 : 0;
  const fill = tone === "target" ? "var(--bar-target)" : "var(--bar)";
  return (
    <svg width={width} height={height} aria-hidden="true" className="block">
      {bars.map((bar, i) => {
        // A bin that holds anything at all stays visible.
        const size = bar.count === 0 ? 0 : Math.max(1.5, (bar.count / most) * height);
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: it is hidden from what reads roles
          <g key={bar.words} data-bar={i} className="group/bar cursor-pointer" onClick={() => onBar(bar)}>
            <title>{`${bar.words}: ${plural(bar.count, "row")}`}</title>
            {/* The whole height answers: a small bar is hard to hit. */}
            <rect
              x={i * step}
              width={step}
              height={height}
              className="fill-transparent group-hover/bar:fill-hover"
            />
            <rect
              x={i * step}
              width={Math.max(0.5, step - gap)}
              y={height - size}
              height={size}
              fill={i === chosen ? "var(--accent)" : fill}
            />
          </g>
        );
      })}
    </svg>
  );
}
