import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { columnsQuery, rowsQuery, type TableKey, type View } from "../api/tableQueries";
import type { ColumnProfile, ProfileOverview, TableRows } from "../api/types";
import { type Filter, type Sort, withFilter } from "../lib/filters";
import { ColumnHeader, columnWidth } from "./ColumnHeader";
import { ColumnMenu } from "./ColumnMenu";
import { DataGrid, type GridColumn } from "./DataGrid";
import { ErrorNote } from "./ErrorNote";
import { FilterBar } from "./FilterBar";

const PAGE = 100;
/** Columns of a block: a table of ten thousand is fetched as it comes into sight, in both directions. */
const BLOCK = 25;

interface ProfileGridProps {
  readonly table: TableKey;
  readonly overview: ProfileOverview;
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly show: { readonly column: string } | null;
  readonly className?: string;
}

/** All rows with what is known of each column above it, filtered and sorted by the server. */
export function ProfileGrid({ table, overview, view, onView, show, className = "" }: ProfileGridProps) {
  const { names, kinds, missing, units, target } = overview;
  const [seen, setSeen] = useState<Seen>({ pages: [0], blocks: [0] });
  const onVisible = useVisible(setSeen);
  const { cells, loaded, total, error, retry } = useCells(table, view, seen, overview);
  const profiles = useProfiles(table, seen.blocks);
  const [menu, setMenu] = useState<{ column: number; anchor: HTMLElement } | null>(null);
  const grid = useMemo<GridColumn[]>(
    () =>
      names.map((name, i) => ({
        name,
        kind: kinds[i] ?? "text",
        // Range and share of gaps stand side by side.
        width: columnWidth(name, kinds[i] ?? "text") + ((missing[i] ?? 0) > 0 ? 28 : 0),
      })),
    [names, kinds, missing],
  );
  const setFilter = useCallback(
    (column: string, filter: Filter | null) =>
      onView({ ...view, filters: withFilter(view.filters, column, filter) }),
    [view, onView],
  );
  const setSort = (sort: Sort | null) => onView({ ...view, sort });
  const filterOf = (column: string) => view.filters.find((f) => f.column === column);
  const sortOf = (column: string) => (view.sort?.column === column ? view.sort : null);
  // The same function until what it shows is another: pages of rows that arrive draw no header again.
  const header = useCallback(
    (column: GridColumn, index: number) => (
      <ColumnHeader
        name={column.name}
        kind={column.kind}
        unit={units[column.name]}
        profile={profiles.get(index)}
        target={column.name === target}
        width={column.width}
        sort={view.sort?.column === column.name ? view.sort : null}
        filter={view.filters.find((f) => f.column === column.name)}
        onMenu={(anchor) => setMenu({ column: index, anchor })}
        onBar={(bar) => setFilter(column.name, bar.filter)}
      />
    ),
    [units, profiles, target, view, setFilter],
  );
  const opened = menu === null ? undefined : grid[menu.column];
  const nothing = loaded && total === 0;
  return (
    <div className={`flex min-h-0 flex-col ${className}`}>
      <FilterBar
        table={table}
        view={view}
        kindOf={(column) => kinds[names.indexOf(column)]}
        found={loaded ? total : undefined}
        total={overview.n_rows}
        onView={onView}
      />
      {error && (
        <div className="p-4">
          <ErrorNote error={error} onRetry={retry} />
        </div>
      )}
      <DataGrid
        label="Table with column profiles"
        columns={grid}
        total={error ? 0 : total}
        rowAt={cells.rowAt}
        numberAt={cells.numberAt}
        numberTitle={cells.numberedBy}
        onVisible={onVisible}
        headerHeight={116}
        target={target}
        show={show}
        sort={view.sort}
        view={JSON.stringify([view.filters, view.sort])}
        onHeader={(_, column) => setMenu({ column, anchor: anchorOf(names[column] ?? "") })}
        className="min-h-0 grow"
        header={header}
      />
      {nothing && <p className="px-4 py-3 text-13 text-ink-2">No row fits the filters.</p>}
      {menu !== null && opened && (
        <ColumnMenu
          key={opened.name}
          name={opened.name}
          kind={opened.kind}
          profile={profiles.get(menu.column)}
          anchor={menu.anchor}
          sort={sortOf(opened.name)}
          filter={filterOf(opened.name)}
          onSort={setSort}
          onFilter={(filter) => setFilter(opened.name, filter)}
          onClose={() => {
            setMenu(null);
            menu.anchor.closest<HTMLElement>("[role=grid]")?.focus({ preventScroll: true });
          }}
        />
      )}
    </div>
  );
}

function anchorOf(column: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-menu="${CSS.escape(column)}"]`);
  return found ?? document.body;
}

/** Row pages and column blocks on the screen; the first column is always seen. */
interface Seen {
  readonly pages: readonly number[];
  readonly blocks: readonly number[];
}

function between(start: number, end: number, size: number): number[] {
  const first = Math.floor(start / size);
  const last = Math.floor(Math.max(start, end - 1) / size);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function useVisible(setSeen: (change: (now: Seen) => Seen) => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const wanted = useRef("");
  return useCallback(
    (start: number, end: number, firstColumn: number, lastColumn: number) => {
      const pages = between(start, end, PAGE);
      const blocks = [...new Set([0, ...between(firstColumn, lastColumn, BLOCK)])];
      const key = `${pages.join()} ${blocks.join()}`;
      // The same pages are still in sight: the fetch that waits for them goes on waiting.
      if (key === wanted.current) return;
      wanted.current = key;
      if (timer.current !== null) clearTimeout(timer.current);
      // While one drags the scroll bar over a million rows, only where it stays for a moment is fetched.
      timer.current = setTimeout(
        () =>
          setSeen((now) => (`${now.pages.join()} ${now.blocks.join()}` === key ? now : { pages, blocks })),
        60,
      );
    },
    [setSeen],
  );
}

/** The cells of the pages and blocks in sight, put together to rows. */
function useCells(table: TableKey, view: View, { pages, blocks }: Seen, overview: ProfileOverview) {
  const wanted = pages.flatMap((page) => blocks.map((block) => ({ page, block })));
  const results = useQueries({
    queries: wanted.map(({ page, block }) => ({
      ...rowsQuery(table, view, {
        offset: page * PAGE,
        limit: PAGE,
        first_column: block * BLOCK,
        n_columns: BLOCK,
      }),
      placeholderData: keepPreviousData<TableRows>,
    })),
  });
  const parts = new Map<string, TableRows>();
  for (const [i, { page, block }] of wanted.entries()) {
    const result = results[i];
    if (result?.data && !result.isPlaceholderData) parts.set(`${page} ${block}`, result.data);
  }
  const known = results.find((result) => result.data && !result.isPlaceholderData)?.data;
  const before = results.find((result) => result.data)?.data;
  const rows = useRowMaker(parts, blocks, overview.n_columns);
  return {
    cells: {
      rowAt: (index: number) => rows(Math.floor(index / PAGE), index % PAGE),
      numberAt: (index: number) =>
        parts.get(`${Math.floor(index / PAGE)} ${blocks[0]}`)?.numbers[index % PAGE],
      numberedBy: (known ?? before)?.numbered_by ?? "row",
    },
    loaded: known !== undefined,
    total: (known ?? before)?.total ?? (view.filters.length === 0 ? overview.n_rows : 0),
    error: results.find((result) => result.error)?.error ?? null,
    retry: () => {
      for (const result of results) if (result.error) void result.refetch();
    },
  };
}

/** The same row is the same object as long as its parts are: a row that did not change is not drawn again. */
function useRowMaker(parts: ReadonlyMap<string, TableRows>, blocks: readonly number[], width: number) {
  const made = useRef(new WeakMap<TableRows, Map<string, readonly unknown[]>>());
  return (page: number, place: number): readonly unknown[] | undefined => {
    const own = blocks.map((block) => parts.get(`${page} ${block}`));
    const first = own[0];
    if (first === undefined || first.rows[place] === undefined) return undefined;
    if (own.length === 1 && width <= BLOCK) return first.rows[place];
    const key = `${place} ${own.map((part, i) => (part === undefined ? "" : blocks[i])).join()}`;
    const cache = made.current.get(first) ?? new Map<string, readonly unknown[]>();
    made.current.set(first, cache);
    const known = cache.get(key);
    if (known !== undefined) return known;
    const row: unknown[] = [];
    for (const part of own) {
      for (const [i, value] of (part?.rows[place] ?? []).entries())
        row[(part?.first_column ?? 0) + i] = value;
    }
    cache.set(key, row);
    return row;
  };
}

/** Profiles of the columns in sight, by the place of the column; the same map until another one arrives. */
function useProfiles(table: TableKey, blocks: readonly number[]): ReadonlyMap<number, ColumnProfile> {
  const answers = useQueries({
    queries: blocks.map((block) => columnsQuery(table, block * BLOCK, BLOCK)),
    combine: answersOf,
  });
  return useMemo(() => {
    const found = new Map<number, ColumnProfile>();
    for (const [i, block] of blocks.entries()) {
      for (const [j, profile] of (answers[i] ?? []).entries()) found.set(block * BLOCK + j, profile);
    }
    return found;
  }, [answers, blocks]);
}

function answersOf(results: readonly { readonly data: ColumnProfile[] | undefined }[]) {
  return results.map((result) => result.data);
}
