/** What the pages Load and Profile read of a table: loaded with them. */
import { queryOptions } from "@tanstack/react-query";
import type { Filter, Sort } from "../lib/filters";
import { api } from "./client";

/** A version of a table as a project looks at it; all that a query of it depends on. */
export interface TableKey {
  readonly dataset: string;
  readonly version: string;
  readonly project: string;
  readonly target: string | null;
}

const path = (table: TableKey) => ({ dataset_id: table.dataset });

/** The first rows as they were understood, of all columns. */
export const previewQuery = (dataset: string, version: string, offset: number, limit: number) =>
  queryOptions({
    queryKey: ["preview", dataset, version, offset, limit],
    queryFn: () =>
      api.get("/api/v1/datasets/{dataset_id}/preview", {
        path: { dataset_id: dataset },
        query: { offset, limit },
      }),
    staleTime: Number.POSITIVE_INFINITY, // A version never changes.
    gcTime: 60_000,
  });

export const overviewQuery = (table: TableKey) =>
  queryOptions({
    queryKey: ["profile", table],
    queryFn: () =>
      api.get("/api/v1/datasets/{dataset_id}/profile/overview", {
        path: path(table),
        query: { project_id: table.project },
      }),
  });

export const columnsQuery = (table: TableKey, offset: number, limit: number) =>
  queryOptions({
    queryKey: ["profile", table, "columns", offset, limit],
    queryFn: async () =>
      (
        await api.get("/api/v1/datasets/{dataset_id}/profile/columns", {
          path: path(table),
          query: { project_id: table.project, offset, limit },
        })
      ).columns,
    staleTime: 60_000,
  });

export const namedColumnsQuery = (table: TableKey, names: readonly string[]) =>
  queryOptions({
    queryKey: ["profile", table, "named", names],
    queryFn: async () =>
      names.length === 0
        ? []
        : (
            await api.get("/api/v1/datasets/{dataset_id}/profile/columns", {
              path: path(table),
              query: { project_id: table.project, column: [...names] },
            })
          ).columns,
    staleTime: 60_000,
  });

/** Which rows are seen, in which order. */
export interface View {
  readonly filters: readonly Filter[];
  readonly sort: Sort | null;
}

interface Cells {
  readonly offset: number;
  readonly limit: number;
  readonly first_column: number;
  readonly n_columns: number;
}

export const rowsQuery = (table: TableKey, { filters, sort }: View, cells: Cells) =>
  queryOptions({
    queryKey: ["rows", table.dataset, table.version, filters, sort, cells],
    queryFn: ({ signal }) =>
      api.get("/api/v1/datasets/{dataset_id}/rows", {
        path: path(table),
        query: {
          ...cells,
          ...(filters.length > 0 ? { filter: JSON.stringify(filters) } : {}),
          ...(sort ? { sort: sort.column, order: sort.descending ? "descending" : "ascending" } : {}),
        },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY, // A version never changes.
    gcTime: 60_000,
  });

export const comparisonQuery = (table: TableKey, filters: readonly Filter[]) =>
  queryOptions({
    queryKey: ["comparison", table, filters],
    queryFn: ({ signal }) =>
      api.get("/api/v1/datasets/{dataset_id}/comparison", {
        path: path(table),
        query: { filter: JSON.stringify(filters), project_id: table.project },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });
