/** What the page Predict reads of batches: loaded with it. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";

export const batchesQuery = (project: string) =>
  queryOptions({
    queryKey: ["batches", project],
    queryFn: async () =>
      (await api.get("/api/v1/predictions/batches", { query: { project_id: project, limit: 20 } })).items,
  });

export const batchQuery = (id: string | null) =>
  queryOptions({
    queryKey: ["batch", id ?? ""],
    queryFn: () => api.get("/api/v1/predictions/batches/{batch_id}", { path: { batch_id: id ?? "" } }),
    enabled: id !== null,
  });
