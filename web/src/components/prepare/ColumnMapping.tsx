import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../api/client";
import { mappingQuery, type SavedRecipe } from "../../api/savedRecipes";
import { plural } from "../../lib/format";
import {
  answeredColumns,
  chosenColumns,
  type Mapping,
  openColumns,
  sharedColumns,
} from "../../lib/savedRecipes";
import { ErrorNote } from "../ErrorNote";
import { Skeleton } from "../Skeleton";
import { ColumnChoice } from "./ColumnChoice";
import type { Column } from "./StepForm";
import type { Prepare } from "./usePrepare";

interface ColumnMappingProps {
  readonly project: string;
  readonly version: string | null;
  readonly recipe: SavedRecipe;
  /** Of the table of this project. */
  readonly columns: readonly Column[];
  readonly prepare: Prepare;
  readonly onDone: () => void;
  readonly onBack: () => void;
}

/** Which column of this table stands for each column of a saved recipe, before its steps are added. */
export function ColumnMapping(props: ColumnMappingProps) {
  const { project, version, recipe, columns, prepare, onDone, onBack } = props;
  const client = useQueryClient();
  const { data: proposed, error } = useQuery(mappingQuery(recipe, project, version));
  const [changed, setChanged] = useState<Mapping>({});
  const mapping = chosenColumns(proposed?.columns ?? {}, changed);
  const open = openColumns(mapping);
  const shared = sharedColumns(mapping);
  const use = useMutation({
    mutationFn: () =>
      api.post("/api/v1/transformations/recipes/{saved_recipe_id}/apply", {
        path: { saved_recipe_id: recipe.id },
        body: { project_id: project, columns: answeredColumns(mapping) },
      }),
    onSuccess: (project) => {
      prepare.taken(project);
      void client.invalidateQueries({ queryKey: ["saved-recipes"] });
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (proposed && open.length === 0) use.mutate();
  };
  return (
    <form className="flex min-w-0 flex-col gap-4 px-5 pt-1 pb-5" onSubmit={submit}>
      <header>
        <h3 className="font-serif text-17 font-semibold">{`Use “${recipe.name}” on this table`}</h3>
        <p className="text-13 text-ink-2">
          {`Its ${plural(recipe.steps.length, "step")} ${recipe.steps.length === 1 ? "is" : "are"} added behind the steps that are here. One undo takes all of it back.`}
        </p>
      </header>
      {error && <ErrorNote error={error} />}
      {proposed === undefined && !error && <Skeleton lines={3} label="Looking for the columns" />}
      {proposed && Object.keys(mapping).length > 0 && (
        <fieldset className="min-w-0">
          <legend className="sr-only">Columns</legend>
          <div
            aria-hidden
            className="grid grid-cols-[minmax(0,1fr)_1rem_minmax(0,1fr)] gap-3 border-b border-line pb-1 text-12 text-ink-2"
          >
            <span>The recipe works on</span>
            <span />
            <span>Column of this table</span>
          </div>
          <ul className="max-h-72 overflow-y-auto">
            {Object.entries(mapping).map(([from, to]) => (
              <ColumnChoice
                key={from}
                from={from}
                to={to}
                proposed={proposed.columns[from] ?? null}
                columns={columns}
                onChange={(next) => setChanged({ ...changed, [from]: next })}
              />
            ))}
          </ul>
        </fieldset>
      )}
      <ol
        className="max-h-52 list-decimal space-y-1 overflow-y-auto pl-5 text-13 text-ink-2"
        aria-label="Steps of the recipe"
      >
        {recipe.steps.map((step) => (
          <li key={step.id} className="break-words">
            <span className="font-medium text-ink">
              {[step.title, step.columns.join(", ")].filter(Boolean).join(": ")}
            </span>
            {` ${step.sentence}`}
          </li>
        ))}
      </ol>
      {shared.length > 0 && (
        <p className="rounded-6 border border-warn/40 bg-warn-soft px-3 py-2 text-13">
          {`${shared.join(", ")} ${shared.length === 1 ? "is" : "are"} chosen more than once.`}
        </p>
      )}
      {use.error && <ErrorNote error={use.error} />}
      <footer className="flex flex-wrap items-center gap-2">
        <button
          type="submit"
          className="btn btn-primary"
          disabled={proposed === undefined || open.length > 0 || use.isPending}
        >
          {`Add ${plural(recipe.steps.length, "step")}`}
        </button>
        <button type="button" className="btn btn-quiet" onClick={onBack}>
          Back
        </button>
        {open.length > 0 && (
          <p role="status" className="text-13 text-ink-2">
            {`Still to choose: ${open.join(", ")}.`}
          </p>
        )}
      </footer>
    </form>
  );
}
