import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import { recipeQuery } from "../api/queries";
import type { FindingAction, ProjectRecipe } from "../api/types";

type Step = Pick<NonNullable<FindingAction["step"]>, "type" | "params">;

/** The steps that were asked for in a project, and what can be done with them. */
export function useRecipe(project: string) {
  const client = useQueryClient();
  const path = { project_id: project };
  const { data: recipe } = useQuery(recipeQuery(project));
  const onSuccess = (changed: ProjectRecipe) => {
    client.setQueryData(recipeQuery(project).queryKey, changed);
    void client.invalidateQueries({ queryKey: ["project", project] });
  };
  const add = useMutation({
    mutationFn: ({ type, params = {} }: Step) =>
      api.post("/api/v1/projects/{project_id}/recipe/steps", {
        path,
        body: { type, params, id: "", enabled: true },
      }),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (id: string) =>
      api.put("/api/v1/projects/{project_id}/recipe", {
        path,
        body: {
          steps: (recipe?.steps ?? [])
            .filter((step) => step.id !== id)
            .map(({ id: kept, type, params, enabled }) => ({ id: kept, type, params, enabled })),
        },
      }),
    onSuccess,
  });
  const undo = useMutation({
    mutationFn: () => api.post("/api/v1/projects/{project_id}/recipe/undo", { path }),
    onSuccess,
  });
  return { recipe, add, remove, undo };
}

/** The step of the project that a finding offers; undefined while it is not among them. */
export function stepLike(
  recipe: ProjectRecipe | undefined,
  wanted: Step,
): ProjectRecipe["steps"][number] | undefined {
  const params = paramsText(wanted.params ?? {});
  return (recipe?.steps ?? []).find(
    (step) => step.type === wanted.type && paramsText(step.params) === params,
  );
}

/** The parameters that were chosen; the salt of codes is the server's. */
function paramsText({ salt: _, ...chosen }: Record<string, unknown>): string {
  return JSON.stringify(Object.entries(chosen).sort(([one], [other]) => (one < other ? -1 : 1)));
}
