/** What the page Prepare reads: the catalog of steps, previews and the history of the recipe. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type CatalogStep = Schemas["CatalogStep"];
export type RecipePreview = Schemas["RecipePreview"];
export type ColumnChange = Schemas["ColumnChange"];
export type RecipeState = Schemas["RecipeState"];
export type RecipeStep = Schemas["RecipeStep"];
export type RecipeHistory = Schemas["RecipeHistory"];
export type Show = "first" | "changed" | "dropped";

/** A step as the server takes it. */
export interface StepBody {
  readonly id: string;
  readonly type: string;
  readonly params: Record<string, unknown>;
  readonly enabled: boolean;
}

export const bodyOf = ({ id, type, params, enabled }: StepBody): StepBody => ({ id, type, params, enabled });

export const stepsQuery = queryOptions({
  queryKey: ["catalog", "steps"],
  queryFn: async () => (await api.get("/api/v1/catalog/steps")).items,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Whether steps fit, before anything runs. */
export const recipeCheckQuery = (project: string, version: string | null, steps: readonly StepBody[]) =>
  queryOptions({
    queryKey: ["recipe-check", project, version, steps],
    queryFn: ({ signal }) =>
      api.post("/api/v1/projects/{project_id}/recipe/validate", {
        path: { project_id: project },
        body: { steps: steps.map(bodyOf) },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY, // The same steps on the same table fit, or do not.
    gcTime: 60_000,
    enabled: version !== null,
  });

interface Look {
  readonly project: string;
  /** Of the table: the same steps on another table are another preview. */
  readonly version: string | null;
  readonly steps: readonly StepBody[];
  readonly step: string | null;
  readonly show?: Show;
  readonly rows?: number;
}

/** Before and after; nothing is saved by looking. */
export const recipePreviewQuery = ({ project, version, steps, step, show = "first", rows = 100 }: Look) =>
  queryOptions({
    queryKey: ["recipe-preview", project, version, steps, step, show, rows],
    queryFn: ({ signal }) =>
      api.post("/api/v1/projects/{project_id}/recipe/preview", {
        path: { project_id: project },
        body: { steps: steps.map(bodyOf), step_id: step, show, rows },
        signal,
      }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY, // The same steps on the same table give the same preview.
    gcTime: 60_000,
    enabled: version !== null,
  });

export const historyQuery = (project: string) =>
  queryOptions({
    queryKey: ["recipe", project, "history"],
    queryFn: () => api.get("/api/v1/projects/{project_id}/recipe/history", { path: { project_id: project } }),
  });
