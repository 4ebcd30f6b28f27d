import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Undo2, X } from "lucide-react";
import { api } from "../api/client";
import { recipeQuery } from "../api/queries";
import type { FindingAction, ProjectRecipe } from "../api/types";
import { plural } from "../lib/format";
import { ErrorNote } from "./ErrorNote";

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

interface RecipeCardProps {
  readonly project: string;
  /** Whether a model was trained; it may have been trained without these steps. */
  readonly trained: boolean;
}

/** The steps of a project in their order, each with a way out; nothing while there is none to see or to take back. */
export function RecipeCard({ project, trained }: RecipeCardProps) {
  const { recipe, remove, undo } = useRecipe(project);
  if (recipe === undefined || (recipe.steps.length === 0 && !recipe.can_undo)) return null;
  const busy = remove.isPending || undo.isPending;
  const error = remove.error ?? undo.error;
  return (
    <section className="card shrink-0" aria-label="Your steps">
      <header className="flex items-center justify-between gap-3 border-b border-line px-4 py-3">
        <h2 className="text-14 font-semibold">Your steps</h2>
        <span className="text-12 text-ink-2">
          {recipe.steps.length === 0 ? "none" : plural(recipe.steps.length, "step")}
        </span>
      </header>
      <ol className="divide-y divide-line">
        {recipe.steps.map((step) => (
          <li key={step.id} className="flex items-start gap-2 px-4 py-2.5 text-13">
            <div className="min-w-0 grow">
              <p className="font-medium break-words">
                {[step.title, step.columns.join(", ")].filter(Boolean).join(": ")}
              </p>
              <p className="text-12 text-ink-2">{step.sentence}</p>
            </div>
            <button
              type="button"
              className="flex size-7 shrink-0 items-center justify-center rounded-6 text-ink-3 hover:bg-hover hover:text-bad"
              aria-label={`Remove the step ${step.title} ${step.columns.join(", ")}`}
              title="Remove"
              disabled={busy}
              onClick={() => remove.mutate(step.id)}
            >
              <X size={15} aria-hidden />
            </button>
          </li>
        ))}
      </ol>
      <footer className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-3 text-12 text-ink-2">
        <p className="min-w-0 grow">{whenApplied(recipe, trained)}</p>
        {recipe.can_undo && (
          <button type="button" className="btn btn-quiet" disabled={busy} onClick={() => undo.mutate()}>
            <Undo2 size={14} aria-hidden />
            Undo the last change
          </button>
        )}
      </footer>
      {error && (
        <div className="px-4 pb-4">
          <ErrorNote error={error} />
        </div>
      )}
    </section>
  );
}

function whenApplied({ steps, is_trained: done }: ProjectRecipe, trained: boolean): string {
  if (trained && done) return "The present model was trained with exactly these steps.";
  if (trained) return "The present model was trained with other steps. The next training uses these.";
  return steps.length === 0
    ? "The next training has no steps of yours."
    : "The next training runs them first.";
}
