import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../api/client";
import {
  preparedQuery,
  recipeJSONQuery,
  type SavedRecipe,
  savedRecipesQuery,
  scriptQuery,
} from "../../api/savedRecipes";
import { saveText } from "../../lib/download";
import { plural } from "../../lib/format";
import { CopyField } from "../CopyField";
import { ErrorNote } from "../ErrorNote";
import { Skeleton } from "../Skeleton";
import type { Prepare } from "./usePrepare";

interface OwnStepsProps {
  readonly project: string;
  readonly dataset: string;
  readonly prepare: Prepare;
}

/** The present steps of a project: kept under a name, or taken along as text. */
export function OwnSteps({ project, dataset, prepare: { recipe } }: OwnStepsProps) {
  const n = recipe?.steps.length ?? 0;
  return (
    <div className="flex min-w-0 flex-col gap-5 p-5">
      {n === 0 ? (
        <p className="text-13 text-ink-2">There is no step to keep yet. Add one on the page first.</p>
      ) : (
        <SaveForm project={project} n={n} />
      )}
      {n > 0 && <AsJSON project={project} state={recipe?.state_id ?? null} />}
      <AsPython dataset={dataset} />
    </div>
  );
}

function SaveForm({ project, n }: { project: string; n: number }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [about, setAbout] = useState("");
  const known = useQuery(savedRecipesQuery).data?.find((recipe) => recipe.name === name.trim());
  const save = useMutation({
    mutationFn: () =>
      api.post("/api/v1/transformations/recipes", {
        body: { project_id: project, name: name.trim(), about: about.trim() },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: savedRecipesQuery.queryKey }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <h3 className="text-14 font-semibold">{`Save ${n === 1 ? "this step" : `these ${n} steps`} as a recipe`}</h3>
      <div className="mt-2 grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        <label className="text-13">
          Name
          <input
            className="field mt-1"
            value={name}
            maxLength={120}
            autoComplete="off"
            placeholder="House rules"
            onChange={(event) => {
              save.reset();
              setName(event.target.value);
            }}
          />
        </label>
        <label className="text-13">
          What it is for (optional)
          <input
            className="field mt-1"
            value={about}
            maxLength={1000}
            autoComplete="off"
            onChange={(event) => setAbout(event.target.value)}
          />
        </label>
      </div>
      <div className="mt-3 flex flex-wrap items-center gap-3">
        <button type="submit" className="btn btn-primary" disabled={name.trim() === "" || save.isPending}>
          Save the recipe
        </button>
        <p role="status" className="text-13 text-ink-2">
          {save.data
            ? savedSentence(save.data)
            : known
              ? `“${known.name}” is saved already; steps that differ become its version ${known.n_versions + 1}.`
              : ""}
        </p>
      </div>
      {save.error && <ErrorNote error={save.error} />}
    </form>
  );
}

const savedSentence = (recipe: SavedRecipe) =>
  `Saved as version ${recipe.version} of “${recipe.name}”, with ${plural(recipe.steps.length, "step")}.`;

function AsJSON({ project, state }: { project: string; state: string | null }) {
  const { data, error } = useQuery(recipeJSONQuery(project, state));
  return (
    <AsText
      title="As JSON"
      about="Another workspace can import it. Salts of masked values are left out."
      file="recipe.json"
      type="application/json"
      text={data}
      error={error}
    />
  );
}

/** Only what was carried out has a content hash to prove itself by, so a script is that of a version. */
function AsPython({ dataset }: { dataset: string }) {
  const { data: version, error } = useQuery(preparedQuery(dataset));
  const script = useQuery({
    ...scriptQuery(version?.version_id ?? ""),
    enabled: version !== undefined && version !== null,
    retry: false,
  });
  if (version === null)
    return (
      <section aria-label="As Python">
        <h3 className="text-14 font-semibold">As Python</h3>
        <p className="text-13 text-ink-2">
          The script checks that it makes the same table, by its content hash. Apply the steps first, then it
          is here.
        </p>
      </section>
    );
  return (
    <AsText
      title="As Python"
      about={
        version
          ? `Makes version ${version.number} of the table, the newest that steps made, and checks its content hash.`
          : ""
      }
      file={`version_${version?.number ?? ""}.py`}
      type="text/x-python"
      text={script.data}
      error={error ?? script.error}
    />
  );
}

interface AsTextProps {
  readonly title: string;
  readonly about: string;
  readonly file: string;
  readonly type: string;
  readonly text: string | undefined;
  readonly error: unknown;
}

function AsText({ title, about, file, type, text, error }: AsTextProps) {
  return (
    <section aria-label={title} className="min-w-0">
      <header className="flex flex-wrap items-center gap-2">
        <div className="min-w-0 grow basis-64">
          <h3 className="text-14 font-semibold">{title}</h3>
          <p className="text-13 text-ink-2">{about}</p>
        </div>
        <button
          type="button"
          className="btn btn-quiet"
          aria-label={`Download ${file}`}
          disabled={text === undefined}
          onClick={() => text !== undefined && saveText(file, type, text)}
        >
          Download
        </button>
      </header>
      <div className="mt-2">
        {error ? (
          <ErrorNote error={error} />
        ) : text === undefined ? (
          <Skeleton lines={2} label={`Loading ${title}`} />
        ) : (
          <div className="[&_pre]:max-h-44">
            <CopyField
              text={text}
              what={`The steps ${title.slice(0, 1).toLowerCase()}${title.slice(1)}`}
              multiline
            />
          </div>
        )}
      </div>
    </section>
  );
}
