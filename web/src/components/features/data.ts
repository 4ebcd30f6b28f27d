/** What the Features page reads, and what every change of it makes stale. */
import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import type { FeatureBoard } from "../../api/types";

export type Definition = components["schemas"]["Definition"];

const key = (project: string, what: string) => ["features", project, what];

export const boardQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, "board"),
    queryFn: () => api.get("/api/v1/projects/{project_id}/features", { path: { project_id: project } }),
  });

export const ideasQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, "ideas"),
    queryFn: () => api.get("/api/v1/projects/{project_id}/features/ideas", { path: { project_id: project } }),
  });

export const selectionQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, "selection"),
    queryFn: () =>
      api.get("/api/v1/projects/{project_id}/features/selection", { path: { project_id: project } }),
  });

export const leaksQuery = (project: string) =>
  queryOptions({
    queryKey: key(project, "leaks"),
    queryFn: () => api.get("/api/v1/projects/{project_id}/features/leaks", { path: { project_id: project } }),
  });

/** How many of the newest definitions are listed. */
const NEWEST = 200;

/** The saved features of the workspace with their versions, newest first. */
export const definitionsQuery = queryOptions({
  queryKey: ["feature-definitions"],
  queryFn: async () => (await api.get("/api/v1/features/definitions", { query: { limit: NEWEST } })).items,
});

/** After the recipe changed: the new board at once, everything that depends on it read again. */
export function useChanged(project: string) {
  const client = useQueryClient();
  return (board?: FeatureBoard) => {
    if (board !== undefined) client.setQueryData(boardQuery(project).queryKey, board);
    for (const queryKey of [
      ["features", project],
      ["recipe", project],
      ["project", project],
    ]) {
      void client.invalidateQueries({ queryKey });
    }
  };
}
