import { fixedDecimals } from "../lib/format";

interface HeatMapProps {
  readonly caption: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** One list per row, from −1 to 1; null where it could not be computed. */
  readonly matrix: readonly (readonly (number | null)[])[];
}

/** How strongly things go together: the number stands in each cell, the shade only helps to find it. */
export function HeatMap({ caption, rows, columns, matrix }: HeatMapProps) {
  return (
    <section className="max-h-[34rem] overflow-auto" tabIndex={0} aria-label={caption}>
      <table className="nums border-separate border-spacing-px text-12">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            <td />
            {columns.map((name) => (
              <th
                key={name}
                scope="col"
                title={name}
                className="max-w-20 min-w-14 truncate px-1 pb-1 font-medium"
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((name, i) => (
            <tr key={name}>
              <th scope="row" title={name} className="max-w-36 truncate pr-2 text-left font-medium">
                {name}
              </th>
              {columns.map((other, j) => {
                const value = matrix[i]?.[j] ?? null;
                return (
                  <td
                    key={other}
                    className="h-8 rounded-[2px] px-1 text-center"
                    title={`${name} and ${other}`}
                    style={value === null ? undefined : { background: shade(value) }}
                  >
                    {value === null ? "–" : fixedDecimals(value, 2)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Blue for together, orange for against each other, through the surface. */
function shade(value: number): string {
  const strength = Math.round(Math.min(1, Math.abs(value)) * 100);
  return `color-mix(in srgb, var(${value < 0 ? "--bar-target-soft" : "--bar-soft"}) ${strength}%, var(--surface))`;
}
