/** What the page Lineage reads. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type LineageGraph = Schemas["LineageGraph"];
export type LineageNode = Schemas["LineageNode"];
export type GraphStep = Schemas["GraphStep"];
export type Comparison = Schemas["Comparison"];
export type ReproducePlan = Schemas["ReproducePlan"];

export interface LineageFilter {
  readonly from?: string;
  readonly to?: string;
  readonly user?: string;
  readonly type?: string;
}

export const lineageQuery = (dataset: string, filter: LineageFilter = {}) =>
  queryOptions({
    queryKey: ["lineage", dataset, filter],
    queryFn: () =>
      api.get("/api/v1/lineage/{dataset_id}/graph", { path: { dataset_id: dataset }, query: filter }),
  });

export const reproducePlanQuery = (dataset: string) =>
  queryOptions({
    queryKey: ["lineage", dataset, "reproduce"],
    queryFn: () => api.get("/api/v1/lineage/{dataset_id}/reproduce", { path: { dataset_id: dataset } }),
  });

export const comparisonQuery = (before: string, after: string, project: string) =>
  queryOptions({
    queryKey: ["versions", "compare", before, after, project],
    queryFn: () => api.get("/api/v1/versions/compare", { query: { before, after, project_id: project } }),
    staleTime: Number.POSITIVE_INFINITY, // Versions never change.
  });
