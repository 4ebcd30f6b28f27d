import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { hasEnded, useJob } from "../../api/live";
import { jobQuery } from "../../api/queries";
import type { components } from "../../api/schema";

export type Exploration = components["schemas"]["ExplorationView"];
export type Groups = components["schemas"]["GroupsResult"];
export type Unusual = components["schemas"]["UnusualResult"];
export type Forecast = components["schemas"]["ForecastResult"];
type Body =
  | components["schemas"]["GroupsRequest"]
  | components["schemas"]["UnusualRequest"]
  | components["schemas"]["ForecastRequest"];
export type Kind = Exploration["kind"];

const explorationQuery = (dataset: string, version: string, kind: Kind) =>
  queryOptions({
    queryKey: ["exploration", dataset, kind, version],
    queryFn: () =>
      api.get("/api/v1/datasets/{dataset_id}/explorations/{kind}", { path: { dataset_id: dataset, kind } }),
  });

/** The newest result of one kind, the job that looks for the next, and the ways to start both. */
export function useExploration(dataset: string, version: string, kind: Kind) {
  const client = useQueryClient();
  const query = useQuery(explorationQuery(dataset, version, kind));
  const again = () => client.invalidateQueries({ queryKey: ["exploration", dataset] });
  const { data: job } = useJob(query.data?.job?.id ?? null, () => void again());
  const addColumn = useMutation({
    mutationFn: () =>
      api.post("/api/v1/datasets/{dataset_id}/explorations/{kind}/column", {
        path: { dataset_id: dataset, kind: kind === "groups" ? "groups" : "unusual" },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["dataset", dataset] }),
  });
  const start = useMutation({
    mutationFn: (body: Body) =>
      api.post("/api/v1/datasets/{dataset_id}/explorations", { path: { dataset_id: dataset }, body }),
    onSuccess: ({ job: made }) => {
      client.setQueryData(jobQuery(made.id).queryKey, made);
      addColumn.reset(); // what is found now can be added again
      void again();
    },
  });
  const now = job ?? query.data?.job ?? null;
  return { ...query, job: now, running: now !== null && !hasEnded(now), start, addColumn };
}
