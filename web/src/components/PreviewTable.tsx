import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { previewQuery } from "../api/tableQueries";
import type { KindChoice, Preview } from "../api/types";
import { cell, count, plural } from "../lib/format";
import { KindIcon, kindWord } from "./ColumnHeader";
import { ErrorNote } from "./ErrorNote";
import { Skeleton } from "./Skeleton";

const ROWS = 20;
/** More columns than this are drawn only when they are asked for. */
const COLUMNS = 40;

interface PreviewTableProps {
  readonly dataset: string;
  readonly version: string;
  readonly total: number;
  /** The kinds that a person has chosen, by column. */
  readonly kinds?: Readonly<Record<string, KindChoice>>;
  /** When given, the kind of each column can be chosen; null leaves it to the reader. */
  readonly onKind?: (column: string, kind: KindChoice | null) => void;
}

/** The first rows as they were understood. */
export function PreviewTable({ dataset, version, total, kinds = {}, onKind }: PreviewTableProps) {
  const { data, error, refetch } = useQuery(previewQuery(dataset, version, 0, ROWS));
  const [wide, setWide] = useState(false);
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  const columns = data === undefined ? [] : wide ? data.columns : data.columns.slice(0, COLUMNS);
  return (
    <section className="card min-w-0 overflow-hidden" aria-label="First rows">
      <header className="flex items-baseline gap-2 border-b border-line px-4 py-3">
        <h2 className="text-14 font-semibold">First rows</h2>
        <p className="nums text-12 text-ink-2">{`${count(Math.min(ROWS, total))} of ${count(total)}`}</p>
        {data !== undefined && columns.length < data.columns.length && (
          <button type="button" className="link ml-auto text-13" onClick={() => setWide(true)}>
            {`Show all ${plural(data.columns.length, "column")}`}
          </button>
        )}
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
                {columns.map((column) => (
                  <th
                    key={column.name}
                    scope="col"
                    className="sticky top-0 z-10 border-b border-line-strong/40 bg-surface px-3 py-2 text-left align-top font-semibold whitespace-nowrap"
                  >
                    <span className="flex items-center gap-1.5">
                      {column.kind && <KindIcon kind={column.kind} silent={onKind !== undefined} />}
                      {column.name}
                    </span>
                    {onKind && (
                      <KindSelect column={column} value={kinds[column.name] ?? null} onKind={onKind} />
                    )}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.rows.map((row, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a version never move
                <tr key={i} className="border-b border-line last:border-0">
                  {columns.map((column, j) => (
                    <Cell key={column.name} value={row[j]} kind={column.kind} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

type Column = Preview["columns"][number];

function Cell({ value, kind }: { value: unknown; kind: Column["kind"] }) {
  const numeric = kind === "integer" || kind === "decimal";
  return (
    <td
      className={`max-w-64 truncate px-3 py-[5px] whitespace-nowrap ${numeric ? "text-right" : ""} ${value === null ? "text-ink-3 italic" : ""}`}
    >
      {cell(value, kind ?? undefined)}
    </td>
  );
}

const KINDS: readonly KindChoice[] = ["text", "integer", "decimal", "boolean", "date", "datetime"];

interface KindSelectProps {
  readonly column: Column;
  readonly value: KindChoice | null;
  readonly onKind: (column: string, kind: KindChoice | null) => void;
}

function KindSelect({ column, value, onKind }: KindSelectProps) {
  const found = column.kind ? kindWord(column.kind) : "as found";
  return (
    <select
      aria-label={`Kind of ${column.name}`}
      className="mt-1 block min-h-6 w-full min-w-24 rounded-4 border border-transparent bg-transparent py-0.5 text-12 font-normal text-ink-2 hover:border-line-strong hover:bg-hover"
      value={value ?? ""}
      onChange={(event) => onKind(column.name, (event.target.value || null) as KindChoice | null)}
    >
      <option value="">{value === null ? found : "find out"}</option>
      {KINDS.map((kind) => (
        <option key={kind} value={kind}>
          {kindWord(kind)}
        </option>
      ))}
    </select>
  );
}
