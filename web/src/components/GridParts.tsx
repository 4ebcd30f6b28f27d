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
  /** Where it stands among the drawn rows, in pixels. */
  readonly top: number;
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

/**
 * One row: the number before it, the first column, and of the others those on the screen. It has a place of its own,
 * so that a row which stays is neither laid out nor painted again when others come and go.
 */
export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { id, index, top, row, pinned, columns, start, end, spacer, activeColumn, gutter, number } = props;
  const at = (column: GridColumn, place: number) => {
    const active = activeColumn === place;
    return gridCell(
      column,
      place,
      row?.[place],
      props.target === column.name,
      active,
      `${id}-${index}-${place}`,
    );
  };
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-busy={row === undefined}
      aria-label={row === undefined ? `Row ${count(index + 1)} is loading` : undefined}
      className="absolute left-0 flex w-full border-b border-line [contain:layout_style_size]"
      style={{ height: ROW_HEIGHT, top }}
    >
      <div role="presentation" className="sticky left-0 z-10 flex shrink-0 bg-surface">
        {gutter > 0 && (
          <div
            role="rowheader"
            className="nums shrink-0 truncate px-2 text-right text-11 leading-[30px] text-ink-3"
            style={{ width: gutter }}
          >
            {number === undefined ? "" : count(number)}
          </div>
        )}
        {pinned && at(pinned, 0)}
      </div>
      {spacer > 0 && <div role="presentation" className="shrink-0" style={{ width: spacer }} />}
      {columns.slice(start, end).map((column, i) => at(column, start + i + 1))}
    </div>
  );
});

/** A cell of a row. No component of its own: hundreds come and go in a second of scrolling. */
function gridCell(
  column: GridColumn,
  place: number,
  value: unknown,
  target: boolean,
  active: boolean,
  id: string,
): ReactNode {
  const loading = value === undefined;
  const missing = value === null;
  const numeric = column.kind === "integer" || column.kind === "decimal";
  const long = !loading && !missing && String(value).length > 18;
  return (
    <div
      key={column.name}
      // Only the cell that the grid points at is looked up by its name.
      id={active ? id : undefined}
      role="gridcell"
      aria-colindex={place + 1}
      aria-selected={active}
      className={`nums shrink-0 truncate px-3 text-13 leading-[30px] ${numeric ? "text-right" : ""} ${
        place === 0 ? "border-r border-line" : ""
      } ${target ? "bg-target-tint" : ""} ${
        missing ? "text-ink-3 italic" : column.kind === "identifier" ? "text-ink-2" : ""
      } ${active ? ACTIVE : ""}`}
      style={{ width: column.width }}
      title={long ? String(value) : undefined}
    >
      {loading ? "" : cell(value, column.kind)}
    </div>
  );
}
