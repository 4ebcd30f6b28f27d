import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { comparisonQuery, type TableKey, type View } from "../api/tableQueries";
import type { ColumnKind } from "../api/types";
import { filterWords, sortWords, withFilter } from "../lib/filters";
import { count, plural } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { SentenceText } from "./Story";

interface FilterBarProps {
  readonly table: TableKey;
  readonly view: View;
  readonly kindOf: (column: string) => ColumnKind | undefined;
  /** Rows that fit; undefined while they are counted. */
  readonly found: number | undefined;
  readonly total: number;
  readonly onView: (view: View) => void;
}

/** What narrows and orders the rows, as chips that can be taken away, and how these rows differ from the rest. */
export function FilterBar({ table, view, kindOf, found, total, onView }: FilterBarProps) {
  const { filters, sort } = view;
  const [comparing, setComparing] = useState(false);
  if (filters.length === 0 && sort === null) return null;
  const Arrow = sort?.descending ? ArrowDown : ArrowUp;
  return (
    <section className="border-b border-line px-4 py-2" aria-label="Filters and order">
      <div className="flex flex-wrap items-center gap-2 text-13">
        <ul className="contents">
          {filters.map((filter) => (
            <Chip
              key={filter.column}
              label={`Remove the filter on ${filter.column}`}
              onRemove={() => onView({ sort, filters: withFilter(filters, filter.column, null) })}
            >
              <span className="font-semibold">{filter.column}</span>{" "}
              {filterWords(filter, kindOf(filter.column))}
            </Chip>
          ))}
          {sort && (
            <Chip label="Remove the order" onRemove={() => onView({ filters, sort: null })}>
              <Arrow size={13} aria-hidden className="mr-1 inline align-[-2px]" />
              <span className="font-semibold">{sort.column}</span>{" "}
              {sortWords(sort.descending, kindOf(sort.column))}
            </Chip>
          )}
        </ul>
        <p className="nums text-ink-2" role="status">
          {filters.length === 0
            ? ""
            : found === undefined
              ? "Counting the rows"
              : `${count(found)} of ${plural(total, "row")}`}
        </p>
        <span className="ml-auto flex gap-2">
          {filters.length > 0 && (
            <button
              type="button"
              className="btn btn-secondary min-h-7 py-0.5"
              aria-expanded={comparing}
              onClick={() => setComparing(!comparing)}
            >
              Compare to the rest
            </button>
          )}
          <button
            type="button"
            className="btn btn-quiet min-h-7 py-0.5"
            onClick={() => onView({ filters: [], sort: null })}
          >
            Clear
          </button>
        </span>
      </div>
      {comparing && filters.length > 0 && <Compared table={table} view={view} />}
    </section>
  );
}

interface ChipProps {
  readonly label: string;
  readonly onRemove: () => void;
  readonly children: ReactNode;
}

function Chip({ label, onRemove, children }: ChipProps) {
  return (
    <li className="inline-flex min-h-7 max-w-80 items-center rounded-full bg-accent-soft pl-3 text-accent-text">
      <span className="min-w-0 truncate">{children}</span>
      <button
        type="button"
        aria-label={label}
        title={label}
        className="mr-0.5 ml-0.5 grid size-6 shrink-0 place-items-center rounded-full hover:bg-hover"
        onClick={onRemove}
      >
        <X size={13} aria-hidden />
      </button>
    </li>
  );
}

/** How the rows that are seen differ from the others, in sentences of the server. */
function Compared({ table, view }: { table: TableKey; view: View }) {
  const { data, error, refetch } = useQuery(comparisonQuery(table, view.filters));
  return (
    <section
      className="-mx-1 mt-2 max-h-40 overflow-y-auto px-1 pt-0.5"
      aria-label="Compared to the rest"
      aria-busy={!data}
    >
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {!data && !error && <p className="text-13 text-ink-2">Comparing these rows to the rest</p>}
      {data && (
        <div role="status" className="space-y-0.5">
          {data.sentences.map((sentence, i) => (
            <p key={sentence.text} className={i === 0 ? "font-serif text-16" : "nums text-13 text-ink-2"}>
              <SentenceText sentence={sentence} facts={data.facts} />
            </p>
          ))}
        </div>
      )}
    </section>
  );
}
