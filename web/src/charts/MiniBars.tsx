interface MiniBarsProps {
  readonly counts: readonly number[];
  readonly tone?: "plain" | "target";
  readonly width: number;
  readonly height?: number;
}

/** The shape of a column in the space of a thumbnail. Decorative: the header says range and gaps in words. */
export function MiniBars({ counts, tone = "plain", width, height = 44 }: MiniBarsProps) {
  const most = Math.max(1, ...counts);
  const step = width / Math.max(1, counts.length);
  const gap = step > 4 ? 1 : step > 2 ? 0.5 : 0;
  return (
    <svg width={width} height={height} aria-hidden="true" className="block">
      {counts.map((count, i) => {
        // A bin that holds anything at all stays visible.
        const size = count === 0 ? 0 : Math.max(1.5, (count / most) * height);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: bins have no identity but their place
            key={i}
            x={i * step}
            width={Math.max(0.5, step - gap)}
            y={height - size}
            height={size}
            fill={tone === "target" ? "var(--bar-target)" : "var(--bar)"}
          />
        );
      })}
    </svg>
  );
}
