import { useQuery } from "@tanstack/react-query";
import { previewQuery } from "../api/queries";
import { cell, count } from "../lib/format";
import { KindIcon } from "./ColumnHeader";
import { ErrorNote } from "./ErrorNote";
import { Skeleton } from "./Skeleton";

const ROWS = 20;

/** The first rows as they were understood. */
export function PreviewTable({
  dataset,
  version,
  total,
}: {
  dataset: string;
  version: string;
  total: number;
}) {
  const { data, error, refetch } = useQuery(previewQuery(dataset, version, 0, ROWS));
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  return (
    <section className="card min-w-0 overflow-hidden" aria-label="First rows">
      <header className="flex items-baseline gap-2 border-b border-line px-4 py-3">
        <h2 className="text-14 font-semibold">First rows</h2>
        <p className="nums text-12 text-ink-2">{`${count(Math.min(ROWS, total))} of ${count(total)}`}</p>
      </header>
      {data === undefined ? (
        <div className="p-4">
          <Skeleton lines={6} label="Loading the first rows" />
        </div>
      ) : (
        <div
          className="max-h-[30rem] overflow-auto"
          tabIndex={0}
          role="group"
          aria-label="First rows, scrollable"
        >
          <table className="nums w-full text-13">
            <thead>
              <tr>
                {data.columns.map((column) => (
                  <th
                    key={column.name}
                    scope="col"
                    className="sticky top-0 z-10 border-b border-line-strong/40 bg-surface px-3 py-2 text-left font-semibold whitespace-nowrap"
                  >
                    <span className="flex items-center gap-1.5">
                      {column.kind && <KindIcon kind={column.kind} />}
                      {column.name}
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.rows.map((row, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a version never move
                <tr key={i} className="border-b border-line last:border-0">
                  {row.map((value, j) => {
                    const column = data.columns[j];
                    const numeric = column?.kind === "integer" || column?.kind === "decimal";
                    return (
                      <td
                        key={column?.name}
                        className={`max-w-64 truncate px-3 py-[5px] whitespace-nowrap ${numeric ? "text-right" : ""} ${value === null ? "text-ink-3 italic" : ""}`}
                      >
                        {cell(value, column?.kind ?? undefined)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
