import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { previewQuery } from "../api/queries";
import type { ColumnProfile, Preview } from "../api/types";
import { ColumnHeader, columnWidth } from "./ColumnHeader";
import { DataGrid, type GridColumn } from "./DataGrid";

const PAGE = 100;

interface ProfileGridProps {
  readonly dataset: string;
  readonly version: string;
  readonly total: number;
  readonly columns: readonly ColumnProfile[];
  readonly target: string | null;
  readonly show: { readonly column: string } | null;
  readonly className?: string;
}

/** All rows with what is known of each column above it. Pages are fetched as they come into sight. */
export function ProfileGrid({
  dataset,
  version,
  total,
  columns,
  target,
  show,
  className = "",
}: ProfileGridProps) {
  const [pages, setPages] = useState<readonly number[]>([0]);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const onVisible = useCallback((start: number, end: number) => {
    const wanted: number[] = [];
    for (let page = Math.floor(start / PAGE); page <= Math.floor(Math.max(start, end - 1) / PAGE); page += 1)
      wanted.push(page);
    const apply = () => setPages((now) => (now.join() === wanted.join() ? now : wanted));
    if (timer.current !== null) clearTimeout(timer.current);
    // While one drags the scroll bar over a million rows, only where it stops is fetched.
    timer.current = setTimeout(apply, 60);
  }, []);
  const loaded = useQueries({
    queries: pages.map((page) => ({
      ...previewQuery(dataset, version, page * PAGE, PAGE),
      placeholderData: keepPreviousData<Preview>,
    })),
  });
  const rows = new Map<number, Preview["rows"]>();
  for (const [i, page] of pages.entries()) {
    const result = loaded[i];
    if (result?.data && !result.isPlaceholderData) rows.set(page, result.data.rows);
  }
  const grid = useMemo<GridColumn[]>(
    () =>
      columns.map((c) => ({
        name: c.name,
        kind: c.kind,
        // Range and share of gaps stand side by side.
        width: columnWidth(c.name, c.kind) + (c.missing > 0 ? 28 : 0),
      })),
    [columns],
  );
  return (
    <DataGrid
      label="Table with column profiles"
      columns={grid}
      total={total}
      rowAt={(index) => rows.get(Math.floor(index / PAGE))?.[index % PAGE]}
      onVisible={onVisible}
      headerHeight={112}
      target={target}
      show={show}
      className={className}
      header={(column, index) => {
        const profile = columns[index];
        return (
          profile && <ColumnHeader profile={profile} target={column.name === target} width={column.width} />
        );
      }}
    />
  );
}
