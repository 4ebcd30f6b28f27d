import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { copyText } from "../lib/clipboard";
import type { Sort } from "../lib/filters";
import { columnWindow, edges, isScaled, rowWindow, scrollToRow } from "../lib/window";
import { type GridColumn, GridRow, HeaderCell, ROW_HEIGHT, type Row } from "./GridParts";
import { move } from "./gridKeys";

export type { GridColumn } from "./GridParts";

interface DataGridProps {
  readonly label: string;
  readonly columns: readonly GridColumn[];
  readonly total: number;
  /** The row, or undefined while it is on its way. */
  readonly rowAt: (index: number) => Row | undefined;
  /** Called with the rows and columns on the screen, so that they can be fetched. The first column always is. */
  readonly onVisible?: (start: number, end: number, firstColumn: number, lastColumn: number) => void;
  readonly header: (column: GridColumn, index: number) => ReactNode;
  readonly headerHeight: number;
  readonly target?: string | null | undefined;
  /** A column to bring into sight; a new object asks again. */
  readonly show?: { readonly column: string } | null;
  /** The number that stands before a row, in a column of its own; what it counts is said by `numberTitle`. */
  readonly numberAt?: (index: number) => number | undefined;
  readonly numberTitle?: string;
  /** How the rows are sorted, for the header of that column. */
  readonly sort?: Sort | null;
  /** What the header of a column does; it is then reached with the arrow keys, and Enter does it. */
  readonly onHeader?: (column: GridColumn, index: number) => void;
  /** Another value means other rows: the grid goes back to the first one. */
  readonly view?: string;
  readonly className?: string;
}

const NUMBER_WIDTH = 68;
/** Rows that share one origin: within so many, a row keeps its place while others come and go. */
const SPAN = 1000;

interface Viewport {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

const same = (a: Viewport, b: Viewport) =>
  a.top === b.top && a.left === b.left && a.width === b.width && a.height === b.height;

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
    numberAt,
    numberTitle = "",
    sort = null,
    onHeader,
    view: shown = "",
    className = "",
  } = props;
  const gutter = numberAt === undefined ? 0 : NUMBER_WIDTH;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<Viewport>({ top: 0, left: 0, width: 1000, height: 600 });
  const [active, setActive] = useState({ row: 0, column: 0 });
  const pinned = columns[0];
  const rest = useMemo(() => columns.slice(1), [columns]);
  const lefts = useMemo(() => edges(rest.map((c) => c.width)), [rest]);
  const bodyHeight = Math.max(0, view.height - headerHeight);
  const rows = rowWindow(total, ROW_HEIGHT, bodyHeight, view.top);
  const fixed = gutter + (pinned?.width ?? 0);
  const cols = columnWindow(lefts, view.width - fixed, view.left);
  const width = fixed + (lefts[lefts.length - 1] ?? 0);
  const origin = Math.floor(rows.start / SPAN) * SPAN;

  // Within one row nothing new comes into sight; only where the scroll position is scaled do all rows move with it.
  const step = isScaled(total, ROW_HEIGHT) ? 1 : ROW_HEIGHT;
  useEffect(() => {
    const element = scroller.current;
    if (element === null || typeof ResizeObserver === "undefined") return;
    const read = () => {
      const next = {
        top: Math.floor(element.scrollTop / step) * step,
        left: element.scrollLeft,
        width: element.clientWidth,
        height: element.clientHeight,
      };
      setView((now) => (same(now, next) ? now : next));
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, [step]);

  useEffect(
    () => onVisible?.(rows.start, rows.end, cols.start, cols.end + 1),
    [onVisible, rows.start, rows.end, cols.start, cols.end],
  );

  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    setActive((now) => ({ ...now, row: Math.min(now.row, 0) }));
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [shown]);

  const reveal = (row: number, column: number | null) => {
    const element = scroller.current;
    if (element === null) return;
    if (row >= 0) element.scrollTop = scrollToRow(row, total, ROW_HEIGHT, bodyHeight, element.scrollTop);
    if (column === null) return;
    if (column === 0) {
      element.scrollLeft = 0;
      return;
    }
    const left = lefts[column - 1] ?? 0;
    const right = lefts[column] ?? left;
    const room = element.clientWidth - fixed;
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
    const opens = active.row < 0 ? event.key === "Enter" || event.key === " " : false;
    const column = columns[active.column];
    if (onHeader && column && (opens || (event.altKey && event.key === "ArrowDown"))) {
      event.preventDefault();
      onHeader(column, active.column);
      return;
    }
    const page = Math.max(1, Math.floor(bodyHeight / ROW_HEIGHT) - 1);
    const ctrl = event.ctrlKey || event.metaKey;
    const next = move(active, event.key, ctrl, total, columns.length, page, onHeader ? -1 : 0);
    if (next === null) return;
    event.preventDefault();
    setActive(next);
    reveal(next.row, next.column === active.column && event.key !== "Home" ? null : next.column);
  };

  const headerOf = (column: GridColumn, index: number) => ({
    id: `${id}--1-${index}`,
    column,
    index,
    header,
    target: target === column.name,
    active: active.row < 0 && active.column === index,
    sort: sort?.column === column.name ? sort : null,
  });

  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-activedescendant={total > 0 || active.row < 0 ? `${id}-${active.row}-${active.column}` : undefined}
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
            {numberAt && (
              <div
                role="columnheader"
                className="sticky left-0 z-10 flex h-full shrink-0 items-end justify-end bg-surface px-2 py-2 text-11 text-ink-3"
                style={{ width: gutter }}
              >
                {numberTitle}
              </div>
            )}
            {pinned && <HeaderCell {...headerOf(pinned, 0)} left={gutter} />}
            <div role="presentation" className="shrink-0" style={{ width: lefts[cols.start] ?? 0 }} />
            {rest.slice(cols.start, cols.end).map((column, i) => (
              <HeaderCell key={column.name} {...headerOf(column, cols.start + i + 1)} />
            ))}
          </div>
        </div>
        <div
          role="rowgroup"
          className="absolute left-0 min-w-full will-change-transform"
          style={{
            top: headerHeight,
            transform: `translateY(${rows.offset - (rows.start - origin) * ROW_HEIGHT}px)`,
            width,
          }}
          onMouseDown={(event) => {
            const cell = (event.target as HTMLElement).closest("[role=gridcell]");
            const line = cell?.closest("[role=row]");
            if (!cell || !line) return;
            setActive({
              row: Number(line.getAttribute("aria-rowindex")) - 2,
              column: Number(cell.getAttribute("aria-colindex")) - 1,
            });
          }}
        >
          {Array.from({ length: Math.max(0, rows.end - rows.start) }, (_, i) => {
            const index = rows.start + i;
            return (
              <GridRow
                key={index}
                id={id}
                index={index}
                top={(index - origin) * ROW_HEIGHT}
                row={rowAt(index)}
                pinned={pinned}
                columns={rest}
                start={cols.start}
                end={cols.end}
                spacer={lefts[cols.start] ?? 0}
                target={target ?? null}
                activeColumn={active.row === index ? active.column : -1}
                gutter={gutter}
                number={numberAt?.(index)}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
