import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/client";
import { historyQuery, type StepBody } from "../../api/preparing";
import { recipeQuery } from "../../api/queries";
import type { ProjectRecipe } from "../../api/types";

/** The recipe of a project and everything that changes it. Each change is a state of its history, so all can be undone. */
export function usePrepare(project: string) {
  const client = useQueryClient();
  const path = { project_id: project };
  const { data: recipe } = useQuery(recipeQuery(project));
  const onSuccess = (changed: ProjectRecipe) => {
    client.setQueryData(recipeQuery(project).queryKey, changed);
    void client.invalidateQueries({ queryKey: historyQuery(project).queryKey });
    void client.invalidateQueries({ queryKey: ["project", project] });
    void client.invalidateQueries({ queryKey: ["findings", project] });
  };
  const add = useMutation({
    mutationFn: ({ type, params }: Pick<StepBody, "type" | "params">) =>
      api.post("/api/v1/projects/{project_id}/recipe/steps", {
        path,
        body: { type, params, id: "", enabled: true },
      }),
    onSuccess,
  });
  const change = useMutation({
    mutationFn: ({
      id,
      ...body
    }: {
      id: string;
      params?: StepBody["params"];
      enabled?: boolean;
      position?: number;
    }) =>
      api.patch("/api/v1/projects/{project_id}/recipe/steps/{step_id}", {
        path: { ...path, step_id: id },
        body: { params: body.params ?? null, enabled: body.enabled ?? null, position: body.position ?? null },
      }),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (id: string) =>
      api.delete("/api/v1/projects/{project_id}/recipe/steps/{step_id}", { path: { ...path, step_id: id } }),
    onSuccess,
  });
  const replace = useMutation({
    mutationFn: (steps: readonly StepBody[]) =>
      api.put("/api/v1/projects/{project_id}/recipe", { path, body: { steps: [...steps] } }),
    onSuccess,
  });
  const undo = useMutation({
    mutationFn: () => api.post("/api/v1/projects/{project_id}/recipe/undo", { path }),
    onSuccess,
  });
  const redo = useMutation({
    mutationFn: () => api.post("/api/v1/projects/{project_id}/recipe/redo", { path }),
    onSuccess,
  });
  const go = useMutation({
    mutationFn: (place: { state_id?: string; branch_id?: string }) =>
      api.post("/api/v1/projects/{project_id}/recipe/history/go", {
        path,
        body: { state_id: place.state_id ?? null, branch_id: place.branch_id ?? null },
      }),
    onSuccess,
  });
  const noteQuality = useMutation({
    mutationFn: (note: string) =>
      api.put("/api/v1/projects/{project_id}/recipe/quality-note", { path, body: { note } }),
    onSuccess,
  });
  const all = [add, change, remove, replace, undo, redo, go, noteQuality];
  return {
    recipe,
    add,
    change,
    remove,
    replace,
    undo,
    redo,
    go,
    noteQuality,
    busy: all.some((one) => one.isPending),
    error: all.find((one) => one.error)?.error ?? null,
    /** Says that the recipe was changed in another way. */
    taken: onSuccess,
    clear: () => {
      for (const one of all) one.reset();
    },
  };
}

export type Prepare = ReturnType<typeof usePrepare>;
