import { memo, type ReactNode } from "react";
import type { ColumnKind } from "../api/types";
import type { Sort } from "../lib/filters";
import { cell, count } from "../lib/format";

export interface GridColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly width: number;
}

export type Row = readonly unknown[];

export const ROW_HEIGHT = 30;
const ACTIVE =
  "shadow-[inset_0_0_0_2px_var(--line-strong)] group-focus:shadow-[inset_0_0_0_2px_var(--accent)]";

interface HeaderCellProps {
  readonly id: string;
  readonly column: GridColumn;
  readonly index: number;
  /** Where it stays while the others move; only the first column does. */
  readonly left?: number;
  readonly target: boolean;
  readonly active: boolean;
  readonly sort: Sort | null;
  readonly header: (column: GridColumn, index: number) => ReactNode;
}

/** The place of a column's header. While the rows move, nothing in it changes and nothing of it is drawn again. */
export const HeaderCell = memo(function HeaderCell(props: HeaderCellProps) {
  const { id, column, index, left, target, active, sort, header } = props;
  return (
    <div
      id={id}
      role="columnheader"
      aria-colindex={index + 1}
      aria-sort={sort === null ? undefined : sort.descending ? "descending" : "ascending"}
      className={`h-full shrink-0 overflow-hidden px-3 py-2 ${target ? "bg-target-tint" : "bg-surface"} ${
        left === undefined ? "" : "sticky z-10 border-r border-line"
      } ${active ? ACTIVE : ""}`}
      style={{ width: column.width, left }}
    >
      {header(column, index)}
    </div>
  );
});

interface GridRowProps {
  readonly id: string;
  readonly index: number;
  readonly row: Row | undefined;
  readonly pinned: GridColumn | undefined;
  readonly columns: readonly GridColumn[];
  readonly start: number;
  readonly end: number;
  readonly spacer: number;
  readonly target: string | null;
  readonly activeColumn: number;
  readonly gutter: number;
  readonly number: number | undefined;
}

/** One row: the number before it, the first column, and of the others those on the screen. */
export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { id, index, row, pinned, columns, start, end, spacer, target, activeColumn, gutter, number } = props;
  const at = (column: GridColumn, place: number) => (
    <GridCell
      key={column.name}
      id={`${id}-${index}-${place}`}
      place={`${index}-${place}`}
      column={column}
      value={row?.[place]}
      loading={row === undefined || row[place] === undefined}
      left={place === 0 ? gutter : undefined}
      target={target === column.name}
      active={activeColumn === place}
    />
  );
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-busy={row === undefined}
      aria-label={row === undefined ? `Row ${count(index + 1)} is loading` : undefined}
      className="flex border-b border-line [contain:layout_style]"
      style={{ height: ROW_HEIGHT }}
    >
      {gutter > 0 && (
        <div
          role="rowheader"
          className="nums sticky left-0 z-10 shrink-0 truncate bg-surface px-2 text-right text-11 leading-[30px] text-ink-3"
          style={{ width: gutter }}
        >
          {number === undefined ? "" : count(number)}
        </div>
      )}
      {pinned && at(pinned, 0)}
      <div role="presentation" className="shrink-0" style={{ width: spacer }} />
      {columns.slice(start, end).map((column, i) => at(column, start + i + 1))}
    </div>
  );
});

interface GridCellProps {
  readonly id: string;
  readonly place: string;
  readonly column: GridColumn;
  readonly value: unknown;
  readonly loading: boolean;
  readonly left: number | undefined;
  readonly target: boolean;
  readonly active: boolean;
}

function GridCell({ id, place, column, value, loading, left, target, active }: GridCellProps) {
  const missing = value === null;
  const numeric = column.kind === "integer" || column.kind === "decimal";
  return (
    <div
      id={id}
      data-cell={place}
      role="gridcell"
      aria-selected={active}
      className={[
        "nums shrink-0 truncate px-3 text-13 leading-[30px]",
        numeric ? "text-right" : "",
        left === undefined ? "" : "sticky z-10 border-r border-line",
        target ? "bg-target-tint" : left === undefined ? "" : "bg-surface",
        missing ? "text-ink-3 italic" : column.kind === "identifier" ? "text-ink-2" : "",
        active ? ACTIVE : "",
      ].join(" ")}
      style={{ width: column.width, left }}
      title={!loading && !missing && String(value).length > 18 ? String(value) : undefined}
    >
      {loading ? "" : cell(value, column.kind)}
    </div>
  );
}
