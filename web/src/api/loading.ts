/** What only the Load page reads from the server; kept apart so that other pages need not fetch it. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";

/** The newest versions of a table, newest first. */
export const versionsQuery = (dataset: string) =>
  queryOptions({
    queryKey: ["dataset", dataset, "versions"],
    queryFn: async () =>
      (
        await api.get("/api/v1/datasets/{dataset_id}/versions", {
          path: { dataset_id: dataset },
          query: { limit: 20 },
        })
      ).items,
  });

/** What a combination would give; it is asked for once its job is done. */
export const combinePlanQuery = (dataset: string, job: string) =>
  queryOptions({
    queryKey: ["combine", dataset, job],
    queryFn: () =>
      api.get("/api/v1/datasets/{dataset_id}/combine/plan/{job_id}", {
        path: { dataset_id: dataset, job_id: job },
      }),
    staleTime: Number.POSITIVE_INFINITY, // A plan never changes.
  });
