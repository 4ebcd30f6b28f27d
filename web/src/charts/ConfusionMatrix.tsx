import { count } from "../lib/format";

interface ConfusionMatrixProps {
  readonly classes: readonly string[];
  /** Rows: the true class; columns: the predicted class. */
  readonly matrix: readonly (readonly number[])[];
  readonly caption: string;
}

/** How often each class was taken for which. Shade follows the share of its row; the count always stands in it. */
export function ConfusionMatrix({ classes, matrix, caption }: ConfusionMatrixProps) {
  return (
    <section className="overflow-x-auto" tabIndex={0} aria-label={caption}>
      <table className="nums border-separate border-spacing-1 text-13">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            <td />
            <th
              scope="colgroup"
              colSpan={classes.length}
              className="pb-0.5 text-center text-12 font-normal text-ink-2"
            >
              the model said
            </th>
          </tr>
          <tr>
            <th scope="col" className="pr-2 text-left text-12 font-normal text-ink-2">
              in truth
            </th>
            {classes.map((name) => (
              <th key={name} scope="col" className="max-w-28 truncate px-2 pb-1 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.map((row, i) => (
            <tr key={classes[i]}>
              <th scope="row" className="max-w-28 truncate pr-2 text-left font-medium">
                {classes[i]}
              </th>
              {row.map((value, j) => (
                <Cell key={classes[j]} value={value} total={row.reduce((a, b) => a + b, 0)} right={i === j} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ value, total, right }: { value: number; total: number; right: boolean }) {
  // The shade is drawn, not stated: the number in the cell is the statement.
  const strength = total === 0 ? 0 : Math.round((value / total) * 100);
  const colour = right ? "var(--bar-soft)" : "var(--bar-target-soft)";
  return (
    <td
      className="h-12 min-w-20 rounded-6 border border-line px-3 text-center font-medium"
      style={{ background: `color-mix(in srgb, ${colour} ${strength}%, var(--surface))` }}
    >
      {count(value)}
      <span className="sr-only">{right ? ", right" : ", wrong"}</span>
    </td>
  );
}
