/** Where tables come from and when they are fetched again: only the pages that load read this. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type { components } from "./schema";

type Dataset = components["schemas"]["Dataset"];
export type DatasetSource = components["schemas"]["DatasetSource"];
export type Schedule = components["schemas"]["Schedule"];

export const connectionsQuery = queryOptions({
  queryKey: ["connections"],
  queryFn: async () => (await api.get("/api/v1/sources/connections")).items,
  staleTime: 60_000,
});

export const sourceKey = (dataset: string) => ["dataset", dataset, "source"];

/** Every change of the dataset, its newest job and its version, is a reason to look at its source again. */
export const sourceQuery = ({ id, job_id: job, state, version }: Dataset) =>
  queryOptions({
    queryKey: [...sourceKey(id), job ?? "", state, version?.id ?? ""],
    queryFn: () => api.get("/api/v1/datasets/{dataset_id}/source", { path: { dataset_id: id } }),
    placeholderData: (before) => before,
  });

/** The schedule of a table's source, or null. */
export const scheduleQuery = (dataset: string) =>
  queryOptions({
    queryKey: ["dataset", dataset, "schedule"],
    queryFn: async () =>
      (await api.get("/api/v1/scheduler/jobs", { query: { dataset_id: dataset } })).items[0] ?? null,
  });

/** What a version has that another has not, in words. Versions never change, and neither does this. */
export const comparisonQuery = (before: string, after: string, project: string) =>
  queryOptions({
    queryKey: ["comparison", before, after, project],
    queryFn: () => api.get("/api/v1/versions/compare", { query: { before, after, project_id: project } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
