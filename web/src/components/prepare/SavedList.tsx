import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { type SavedRecipe, savedRecipesQuery } from "../../api/savedRecipes";
import { dateTime, plural } from "../../lib/format";
import { ErrorNote } from "../ErrorNote";
import { Skeleton } from "../Skeleton";

/** The recipes of the workspace, the most used first. */
export function SavedList({ onUse }: { onUse: (recipe: SavedRecipe) => void }) {
  const { data, error, refetch } = useQuery(savedRecipesQuery);
  if (error)
    return (
      <div className="p-5">
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </div>
    );
  if (data === undefined)
    return (
      <div className="p-5">
        <Skeleton lines={4} label="Loading the recipes" />
      </div>
    );
  if (data.length === 0)
    return (
      <div className="p-5">
        <h3 className="font-serif text-17 font-semibold">No recipe is saved yet.</h3>
        <p className="mt-1 max-w-prose text-13 text-ink-2">
          Steps that are saved under a name can be used again on another table, also where its columns are
          called something else.
        </p>
      </div>
    );
  return (
    <ul className="max-h-[60vh] divide-y divide-line overflow-y-auto" aria-label="Saved recipes">
      {data.map((recipe) => (
        <SavedRow key={recipe.id} recipe={recipe} onUse={() => onUse(recipe)} />
      ))}
    </ul>
  );
}

function SavedRow({ recipe, onUse }: { recipe: SavedRecipe; onUse: () => void }) {
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const remove = useMutation({
    mutationFn: () =>
      api.delete("/api/v1/transformations/recipes/{saved_recipe_id}", {
        path: { saved_recipe_id: recipe.id },
      }),
    onSettled: () => client.invalidateQueries({ queryKey: savedRecipesQuery.queryKey }),
  });
  const facts = [
    plural(recipe.steps.length, "step"),
    recipe.n_uses > 0 ? `used ${plural(recipe.n_uses, "time")}` : "not used yet",
    `version ${recipe.version}`,
    `changed ${dateTime(recipe.changed_at)}`,
  ];
  return (
    <li className="px-5 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <div className="min-w-0 grow basis-64">
          <p className="text-14 font-semibold break-words">{recipe.name}</p>
          {recipe.about && <p className="text-13 break-words">{recipe.about}</p>}
          <p className="nums text-12 text-ink-2">{facts.join(" · ")}</p>
          <p className="text-12 break-words text-ink-2">
            {recipe.steps.map((step) => step.title).join(", ")}
          </p>
        </div>
        <button
          type="button"
          className="btn btn-quiet text-12"
          aria-label={asked ? `Really delete ${recipe.name}` : `Delete ${recipe.name}`}
          disabled={remove.isPending}
          onClick={() => (asked ? remove.mutate() : setAsked(true))}
          onBlur={() => setAsked(false)}
        >
          {asked ? <span className="text-bad">Press again to delete</span> : "Delete"}
        </button>
        <button
          type="button"
          className="btn btn-secondary"
          aria-label={`Use ${recipe.name} here`}
          onClick={onUse}
        >
          Use here
        </button>
      </div>
      {remove.error && <ErrorNote error={remove.error} />}
    </li>
  );
}
