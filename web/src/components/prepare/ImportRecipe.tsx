import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useRef, useState } from "react";
import { api } from "../../api/client";
import { type SavedRecipe, savedRecipesQuery } from "../../api/savedRecipes";
import { plural } from "../../lib/format";
import { type RecipeFile, readRecipe } from "../../lib/savedRecipes";
import { ErrorNote } from "../ErrorNote";

/** An exported recipe, from a file or pasted, kept under a name. The server says what of it does not fit. */
export function ImportRecipe({ onImported }: { onImported: (recipe: SavedRecipe) => void }) {
  const id = useId();
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [name, setName] = useState<string | null>(null);
  const read = text.trim() === "" ? null : readRecipe(text);
  const fault = typeof read === "string" ? read : null;
  const file = typeof read === "string" ? null : read;
  const called = (name ?? file?.name ?? "").trim();
  const take = useMutation({
    mutationFn: ({ about, recipe }: RecipeFile) =>
      api.post("/api/v1/transformations/recipes/import", { body: { name: called, about, recipe } }),
    onSuccess: (recipe) => {
      void client.invalidateQueries({ queryKey: savedRecipesQuery.queryKey });
      onImported(recipe);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (file !== null && called !== "") take.mutate(file);
  };
  const change = (next: string) => {
    take.reset();
    setText(next);
  };
  return (
    <form className="flex min-w-0 flex-col gap-3 p-5" onSubmit={submit}>
      <div className="flex flex-wrap items-center gap-2">
        <label htmlFor={`${id}-text`} className="grow text-14 font-semibold">
          Recipe as JSON
        </label>
        <button type="button" className="btn btn-secondary" onClick={() => input.current?.click()}>
          Choose a file
        </button>
        <input
          ref={input}
          type="file"
          accept=".json,application/json"
          className="hidden"
          aria-label="Recipe file"
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            event.target.value = "";
            if (chosen) void chosen.text().then(change);
          }}
        />
      </div>
      <textarea
        id={`${id}-text`}
        className="field h-44 font-mono text-12"
        spellCheck={false}
        placeholder={'{"version": 1, "steps": […]}'}
        aria-describedby={`${id}-state`}
        aria-invalid={fault !== null}
        value={text}
        onChange={(event) => change(event.target.value)}
      />
      <p id={`${id}-state`} role="status" className={`text-13 ${fault === null ? "text-ink-2" : "text-bad"}`}>
        {fault ?? (file === null ? "Paste what was copied, or choose the file." : stepsIn(file))}
      </p>
      <label className="text-13">
        Name
        <input
          className="field mt-1"
          maxLength={120}
          autoComplete="off"
          value={name ?? file?.name ?? ""}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      {take.error && <ErrorNote error={take.error} />}
      <div>
        <button
          type="submit"
          className="btn btn-primary"
          disabled={file === null || called === "" || take.isPending}
        >
          Import the recipe
        </button>
      </div>
    </form>
  );
}

const stepsIn = ({ recipe }: RecipeFile) =>
  `${plural((recipe["steps"] as unknown[]).length, "step")} found. It is saved for the workspace; then its columns are matched with this table.`;
