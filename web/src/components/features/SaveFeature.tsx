import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../../api/client";
import { recipeQuery } from "../../api/queries";
import type { FeatureBoard } from "../../api/types";
import { ErrorNote } from "../ErrorNote";
import { type Definition, definitionsQuery } from "./data";

interface SaveFeatureProps {
  readonly project: string;
  readonly board: FeatureBoard;
  /** What is saved already: the same name makes a next version. */
  readonly definitions: readonly Definition[];
}

/** Keep created features of this project under a name. Several are kept together, for one made of another. */
export function SaveFeature({ project, board, definitions }: SaveFeatureProps) {
  const client = useQueryClient();
  const { data: recipe } = useQuery(recipeQuery(project));
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const steps = (recipe?.steps ?? [])
    .filter(({ id }) => chosen.includes(id))
    .map(({ type, params }) => ({ type, params }));
  const called = name.trim();
  const known = Math.max(0, ...definitions.filter((each) => each.name === called).map((d) => d.version));
  const save = useMutation({
    mutationFn: () =>
      api.post("/api/v1/features/definitions", { body: { name: called, text: text.trim(), steps } }),
    onSuccess: () => client.invalidateQueries({ queryKey: definitionsQuery.queryKey }),
  });
  const ready = called !== "" && steps.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) save.mutate();
  };
  if (board.created.length === 0) {
    return (
      <p className="card p-4 text-13 text-ink-2">
        There is no created feature to save in this project yet. Accept an idea, or add a step on the Prepare
        page that makes a column.
      </p>
    );
  }
  return (
    <form className="card p-4" onSubmit={submit} onChange={() => save.reset()} aria-label="Save a feature">
      <h2 className="text-14 font-semibold">Save a feature of this project</h2>
      <fieldset className="mt-2">
        <legend className="text-13 text-ink-2">
          Which; choose several where one is calculated from another
        </legend>
        {board.created.map(({ step_id: id, title, formula }) => (
          <label key={id} className="mt-1.5 flex items-start gap-2 text-13">
            <input
              type="checkbox"
              className="mt-0.5 size-4"
              checked={chosen.includes(id)}
              onChange={() =>
                setChosen(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id])
              }
            />
            <span>
              <span className="font-medium">{title}.</span> <span className="text-ink-2">{formula}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="mt-3 grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        <label className="text-13">
          Name
          <input
            className="field mt-1"
            value={name}
            maxLength={120}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label className="text-13">
          What it means (optional)
          <input
            className="field mt-1"
            value={text}
            maxLength={2000}
            autoComplete="off"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
      </div>
      <div className="mt-3 flex flex-wrap items-center gap-3">
        <button type="submit" className="btn btn-primary" disabled={!ready || save.isPending}>
          Save the feature
        </button>
        <p role="status" className="text-13 text-ink-2">
          {save.data
            ? `Saved as version ${save.data.version} of “${save.data.name}”.`
            : known > 0
              ? `“${called}” is saved already; what differs becomes its version ${known + 1}.`
              : ""}
        </p>
      </div>
      {save.error && <ErrorNote error={save.error} />}
    </form>
  );
}
