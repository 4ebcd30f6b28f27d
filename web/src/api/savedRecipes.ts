/** What the page Prepare reads of recipes: proposals, recipes that are kept, and steps as text. */
import { queryOptions } from "@tanstack/react-query";
import { popularFirst } from "../lib/savedRecipes";
import { address, api } from "./client";
import { problemFrom } from "./problem";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Proposal = Schemas["Proposal"];
export type SavedRecipe = Schemas["SavedRecipe"];

/** `held`: the steps of the project; what they hold already is not proposed again. */
export const proposalsQuery = (project: string, version: string | null, held: unknown) =>
  queryOptions({
    queryKey: ["recipe-proposals", project, version, held],
    queryFn: async ({ signal }) =>
      (
        await api.get("/api/v1/projects/{project_id}/recipe/proposals", {
          path: { project_id: project },
          signal,
        })
      ).items,
    staleTime: Number.POSITIVE_INFINITY, // The same table and steps get the same proposals.
    gcTime: 60_000,
    enabled: version !== null,
  });

/** How many of the newest recipes are listed. */
const NEWEST = 100;

/** The recipes of the workspace, the most used first. */
export const savedRecipesQuery = queryOptions({
  queryKey: ["saved-recipes"],
  queryFn: async () => {
    const [popular, newest] = await Promise.all([
      api.get("/api/v1/transformations/recipes/popular"),
      api.get("/api/v1/transformations/recipes", { query: { limit: NEWEST } }),
    ]);
    return popularFirst(popular.items, newest.items);
  },
});

export const mappingQuery = (recipe: SavedRecipe, project: string, version: string | null) =>
  queryOptions({
    queryKey: ["saved-recipes", recipe.id, recipe.version, "mapping", project, version],
    queryFn: () =>
      api.get("/api/v1/transformations/recipes/{saved_recipe_id}/mapping", {
        path: { saved_recipe_id: recipe.id },
        query: { project_id: project },
      }),
  });

/** The present steps as JSON; `state` is where they stand in their history. */
export const recipeJSONQuery = (project: string, state: string | null) =>
  queryOptions({
    queryKey: ["recipe", project, "json", state],
    queryFn: async () =>
      JSON.stringify(
        await api.get("/api/v1/projects/{project_id}/recipe/export", { path: { project_id: project } }),
        null,
        2,
      ),
  });

/** A version as a program. It is text, so it does not go through {@link api}. */
export const scriptQuery = (version: string) =>
  queryOptions({
    queryKey: ["versions", version, "script"],
    queryFn: async ({ signal }) => {
      const path = { dataset_version_id: version };
      const response = await fetch(address("/api/v1/versions/{dataset_version_id}/script", { path }), {
        headers: { "X-API-Version": "1" },
        credentials: "same-origin",
        signal,
      });
      if (response.ok) return response.text();
      const body: unknown = await response.json().catch(() => null);
      throw problemFrom(response.status, body, response.headers.get("X-Request-ID"));
    },
    staleTime: Number.POSITIVE_INFINITY, // Versions never change.
  });

/** The newest version that steps made, which is the one that can be written as Python; undefined before the first. */
export const preparedQuery = (dataset: string) =>
  queryOptions({
    queryKey: ["lineage", dataset, "prepared"],
    queryFn: async () =>
      (await api.get("/api/v1/lineage/{dataset_id}", { path: { dataset_id: dataset } })).versions
        .filter((version) => version.kind === "prepared")
        .reduce<Schemas["DatasetVersion"] | null>(
          (newest, version) => (newest === null || version.number > newest.number ? version : newest),
          null,
        ),
    enabled: dataset !== "",
  });
