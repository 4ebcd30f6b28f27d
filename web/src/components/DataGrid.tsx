import { type KeyboardEvent, memo, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import type { ColumnKind } from "../api/types";
import { copyText } from "../lib/clipboard";
import { cell, count } from "../lib/format";
import { columnWindow, edges, rowWindow, scrollToRow } from "../lib/window";
import { move } from "./gridKeys";

export interface GridColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly width: number;
}

type Row = readonly unknown[];

interface DataGridProps {
  readonly label: string;
  readonly columns: readonly GridColumn[];
  readonly total: number;
  /** The row, or undefined while it is on its way. */
  readonly rowAt: (index: number) => Row | undefined;
  /** Called with the rows on the screen, so that they can be fetched. */
  readonly onVisible?: (start: number, end: number) => void;
  readonly header: (column: GridColumn, index: number) => ReactNode;
  readonly headerHeight: number;
  readonly target?: string | null | undefined;
  /** A column to bring into sight; a new object asks again. */
  readonly show?: { readonly column: string } | null;
  readonly className?: string;
}

export const ROW_HEIGHT = 30;

/** All rows of a table: only those on the screen are in the page, the first column stays, everything by keyboard. */
export function DataGrid(props: DataGridProps) {
  const {
    label,
    columns,
    total,
    rowAt,
    onVisible,
    header,
    headerHeight,
    target,
    show,
    className = "",
  } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, left: 0, width: 1000, height: 600 });
  const [active, setActive] = useState({ row: 0, column: 0 });
  const pinned = columns[0];
  const rest = useMemo(() => columns.slice(1), [columns]);
  const lefts = useMemo(() => edges(rest.map((c) => c.width)), [rest]);
  const bodyHeight = Math.max(0, view.height - headerHeight);
  const rows = rowWindow(total, ROW_HEIGHT, bodyHeight, view.top);
  const cols = columnWindow(lefts, view.width - (pinned?.width ?? 0), view.left);
  const width = (pinned?.width ?? 0) + (lefts[lefts.length - 1] ?? 0);

  useEffect(() => {
    const element = scroller.current;
    if (element === null || typeof ResizeObserver === "undefined") return;
    const read = () =>
      setView({
        top: element.scrollTop,
        left: element.scrollLeft,
        width: element.clientWidth,
        height: element.clientHeight,
      });
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, []);

  useEffect(() => onVisible?.(rows.start, rows.end), [onVisible, rows.start, rows.end]);

  const reveal = (row: number, column: number | null) => {
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = scrollToRow(row, total, ROW_HEIGHT, bodyHeight, element.scrollTop);
    if (column === null) return;
    if (column === 0) {
      element.scrollLeft = 0;
      return;
    }
    const left = lefts[column - 1] ?? 0;
    const right = lefts[column] ?? left;
    const room = element.clientWidth - (pinned?.width ?? 0);
    if (left < element.scrollLeft) element.scrollLeft = left;
    else if (right > element.scrollLeft + room) element.scrollLeft = Math.min(left, right - room);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for by a new `show` only, not by every scroll
  useEffect(() => {
    const index = show ? columns.findIndex((c) => c.name === show.column) : -1;
    if (index < 0) return;
    setActive((now) => ({ ...now, column: index }));
    reveal(active.row, index);
    scroller.current?.focus({ preventScroll: true });
  }, [show]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "c") {
      const value = rowAt(active.row)?.[active.column];
      void copyText(value === null || value === undefined ? "" : String(value));
      return;
    }
    const page = Math.max(1, Math.floor(bodyHeight / ROW_HEIGHT) - 1);
    const next = move(active, event.key, event.ctrlKey || event.metaKey, total, columns.length, page);
    if (next === null) return;
    event.preventDefault();
    setActive(next);
    reveal(next.row, next.column === active.column && event.key !== "Home" ? null : next.column);
  };

  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-activedescendant={total > 0 ? `${id}-${active.row}-${active.column}` : undefined}
      className={`group relative overflow-auto focus-visible:-outline-offset-2 ${className}`}
      onKeyDown={onKeyDown}
    >
      <div
        role="presentation"
        style={{ width, height: headerHeight + rows.height }}
        className="relative min-w-full"
      >
        <div role="rowgroup" className="sticky top-0 z-20 bg-surface" style={{ height: headerHeight }}>
          <div
            role="row"
            aria-rowindex={1}
            className="flex h-full min-w-full border-b border-line-strong/40"
            style={{ width }}
          >
            {pinned && (
              <HeaderCell column={pinned} index={0} pinned target={target === pinned.name}>
                {header(pinned, 0)}
              </HeaderCell>
            )}
            <div role="presentation" className="shrink-0" style={{ width: lefts[cols.start] ?? 0 }} />
            {rest.slice(cols.start, cols.end).map((column, i) => (
              <HeaderCell
                key={column.name}
                column={column}
                index={cols.start + i + 1}
                target={target === column.name}
              >
                {header(column, cols.start + i + 1)}
              </HeaderCell>
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          className="absolute left-0 min-w-full"
          style={{ top: headerHeight, transform: `translateY(${rows.offset}px)`, width }}
          onMouseDown={(event) => {
            const place = (event.target as HTMLElement).closest<HTMLElement>("[data-cell]")?.dataset["cell"];
            const [row, column] = (place ?? "").split("-").map(Number);
            if (row !== undefined && column !== undefined && !Number.isNaN(row)) setActive({ row, column });
          }}
        >
          {Array.from({ length: Math.max(0, rows.end - rows.start) }, (_, i) => {
            const index = rows.start + i;
            return (
              <GridRow
                key={index}
                id={id}
                index={index}
                row={rowAt(index)}
                pinned={pinned}
                columns={rest}
                start={cols.start}
                end={cols.end}
                spacer={lefts[cols.start] ?? 0}
                target={target ?? null}
                activeColumn={active.row === index ? active.column : -1}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface HeaderCellProps {
  readonly column: GridColumn;
  readonly index: number;
  readonly pinned?: boolean;
  readonly target: boolean;
  readonly children: ReactNode;
}

function HeaderCell({ column, index, pinned = false, target, children }: HeaderCellProps) {
  return (
    <div
      role="columnheader"
      aria-colindex={index + 1}
      className={`h-full shrink-0 overflow-hidden px-3 py-2 ${target ? "bg-target-tint" : "bg-surface"} ${
        pinned ? "sticky left-0 z-10 border-r border-line" : ""
      }`}
      style={{ width: column.width }}
    >
      {children}
    </div>
  );
}

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
}

const GridRow = memo(function GridRow(props: GridRowProps) {
  const { id, index, row, pinned, columns, start, end, spacer, target, activeColumn } = props;
  const at = (column: GridColumn, place: number) => (
    <GridCell
      key={column.name}
      id={`${id}-${index}-${place}`}
      place={`${index}-${place}`}
      column={column}
      value={row?.[place]}
      loading={row === undefined}
      pinned={place === 0}
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
      className="flex border-b border-line"
      style={{ height: ROW_HEIGHT }}
    >
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
  readonly pinned: boolean;
  readonly target: boolean;
  readonly active: boolean;
}

function GridCell({ id, place, column, value, loading, pinned, target, active }: GridCellProps) {
  const missing = value === null || value === undefined;
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
        pinned ? "sticky left-0 z-10 border-r border-line" : "",
        target ? "bg-target-tint" : pinned ? "bg-surface" : "",
        missing ? "text-ink-3 italic" : column.kind === "identifier" ? "text-ink-2" : "",
        active
          ? "shadow-[inset_0_0_0_2px_var(--line-strong)] group-focus:shadow-[inset_0_0_0_2px_var(--accent)]"
          : "",
      ].join(" ")}
      style={{ width: column.width }}
      title={!loading && !missing && String(value).length > 18 ? String(value) : undefined}
    >
      {loading ? "" : cell(value, column.kind)}
    </div>
  );
}
