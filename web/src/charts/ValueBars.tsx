import { useWidth } from "../lib/useWidth";

interface ValueBarsProps {
  readonly label: string;
  readonly values: readonly { readonly name: string; readonly size: number; readonly text: string }[];
  readonly tone?: "plain" | "target";
}

const ROW = 22;

/** One bar per value, from zero, with its name before it and its size behind it. */
export function ValueBars({ label, values, tone = "plain" }: ValueBarsProps) {
  const [ref, width] = useWidth<HTMLDivElement>(360);
  const names = Math.min(150, width * 0.36);
  const most = Math.max(...values.map((v) => v.size), Number.MIN_VALUE);
  const room = Math.max(20, width - names - 74);
  return (
    <div ref={ref}>
      <svg role="img" aria-label={label} width={width} height={values.length * ROW} className="nums block">
        {values.map((value, i) => {
          const length = Math.max(1.5, (value.size / most) * room);
          return (
            <g key={value.name} transform={`translate(0 ${i * ROW})`} fontSize={12}>
              <title>{`${value.name}: ${value.text}`}</title>
              <text y={15} fill="var(--ink-2)">
                {shorten(value.name, names)}
              </text>
              <rect
                x={names}
                y={5}
                width={length}
                height={12}
                rx={1}
                fill={tone === "target" ? "var(--bar-target)" : "var(--bar)"}
              />
              <text x={names + length + 6} y={15} fill="var(--ink)">
                {value.text}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** What fits before the bar at about 7 pixels a letter; the whole name is in the title and in the table. */
function shorten(name: string, pixels: number): string {
  const most = Math.max(4, Math.floor(pixels / 7) - 1);
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
