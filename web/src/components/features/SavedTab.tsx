import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import type { FeatureBoard } from "../../api/types";
import { saveText } from "../../lib/download";
import { dateTime, plural } from "../../lib/format";
import { answeredColumns, type Mapping, openColumns } from "../../lib/savedRecipes";
import { ErrorNote } from "../ErrorNote";
import { ColumnChoice } from "../prepare/ColumnChoice";
import { Skeleton } from "../Skeleton";
import { type Definition, definitionsQuery, useChanged } from "./data";
import { SaveFeature } from "./SaveFeature";

/** Features kept under a name: saved from this project, used again in it or in any other of the workspace. */
export function SavedTab({ project, board }: { project: string; board: FeatureBoard }) {
  const { data: definitions, error, refetch } = useQuery(definitionsQuery);
  return (
    <>
      <p className="max-w-[46rem] text-13 text-ink-2">
        A saved feature keeps its steps, not its values: another table gets the same calculation, in training
        and in every later prediction.
      </p>
      <SaveFeature project={project} board={board} definitions={definitions ?? []} />
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {definitions === undefined && !error && <Skeleton lines={4} label="Loading the saved features" />}
      {definitions && (
        <section className="card" aria-label="Saved features">
          <h2 className="px-4 pt-4 text-14 font-semibold">Saved features</h2>
          {definitions.length === 0 ? (
            <p className="px-4 pt-1 pb-4 text-13 text-ink-2">
              None yet. What is saved here can be used in every project of the workspace.
            </p>
          ) : (
            <ul className="mt-1 divide-y divide-line">
              {newestOf(definitions).map(([newest, ...older]) => (
                <SavedFeature
                  key={newest.name}
                  newest={newest}
                  older={older}
                  project={project}
                  board={board}
                />
              ))}
            </ul>
          )}
        </section>
      )}
    </>
  );
}

type Versions = readonly [newest: Definition, ...older: Definition[]];

/** The versions of each name, highest first; the names in the order of the server, newest first. */
function newestOf(definitions: readonly Definition[]): readonly Versions[] {
  const names = [...new Set(definitions.map(({ name }) => name))];
  return names.flatMap((name) => {
    const [newest, ...older] = definitions
      .filter((each) => each.name === name)
      .sort((a, b) => b.version - a.version);
    return newest ? [[newest, ...older] as const] : [];
  });
}

interface SavedFeatureProps {
  readonly newest: Definition;
  readonly older: readonly Definition[];
  readonly project: string;
  readonly board: FeatureBoard;
}

function SavedFeature({ newest, older, project, board }: SavedFeatureProps) {
  // Null: the newest, also when a further one is saved.
  const [chosen, setChosen] = useState<number | null>(null);
  const [open, setOpen] = useState(false);
  const shown = older.find(({ version }) => version === chosen) ?? newest;
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <div className="min-w-0 grow basis-64">
          <h3 className="text-14 font-semibold break-words">{shown.name}</h3>
          {shown.text && <p className="text-13 break-words">{shown.text}</p>}
          <p className="text-13 break-words text-ink-2">{shown.formula}</p>
          <p className="nums text-12 text-ink-2">
            {`version ${shown.version} · by ${shown.owner} · ${dateTime(shown.created_at)} · needs ${shown.columns.join(", ") || "no column"}`}
          </p>
        </div>
        {older.length > 0 && (
          <select
            className="field w-auto"
            aria-label={`Version of ${newest.name}`}
            value={shown.version}
            onChange={(event) => setChosen(Number(event.currentTarget.value))}
          >
            {[newest, ...older].map(({ version }) => (
              <option key={version} value={version}>
                {`Version ${version}`}
              </option>
            ))}
          </select>
        )}
        <button
          type="button"
          className="btn btn-quiet"
          aria-label={`Save ${shown.name} as JSON`}
          onClick={() =>
            saveText(fileName(shown), "application/json", JSON.stringify(asFile(shown), null, 2))
          }
        >
          As JSON
        </button>
        <button
          type="button"
          className="btn btn-secondary"
          aria-label={`Use ${shown.name} here`}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          Use here
        </button>
      </div>
      {open && (
        <UseFeature
          key={shown.id}
          definition={shown}
          project={project}
          board={board}
          onClose={() => setOpen(false)}
        />
      )}
    </li>
  );
}

interface UseFeatureProps {
  readonly definition: Definition;
  readonly project: string;
  readonly board: FeatureBoard;
  readonly onClose: () => void;
}

/** Which column of this table stands for each column the feature needs, and a button that adds its steps. */
function UseFeature({ definition, project, board, onClose }: UseFeatureProps) {
  const changed = useChanged(project);
  const columns = board.roles.filter(({ role }) => role !== "target").map(({ column }) => ({ name: column }));
  const same = (name: string) => (columns.some((column) => column.name === name) ? name : null);
  const [answers, setAnswers] = useState<Mapping>({});
  const mapping: Mapping = Object.fromEntries(
    definition.columns.map((name) => [name, name in answers ? (answers[name] ?? null) : same(name)]),
  );
  const open = openColumns(mapping);
  const use = useMutation({
    mutationFn: () =>
      api.post("/api/v1/projects/{project_id}/features/definitions/{definition_id}/use", {
        path: { project_id: project, definition_id: definition.id },
        body: { columns: answeredColumns(mapping) },
      }),
    onSuccess: changed,
  });
  if (use.data) {
    return (
      <p role="status" className="mt-3 text-13 text-good">
        {`${definition.name} is among the steps of this project. The Prepare page shows them and can undo them.`}
      </p>
    );
  }
  return (
    <form
      className="mt-3 flex max-w-[40rem] min-w-0 flex-col gap-3 rounded-6 bg-sunken p-3"
      aria-label={`Columns for ${definition.name}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (open.length === 0) use.mutate();
      }}
    >
      <ul>
        {Object.entries(mapping).map(([from, to]) => (
          <ColumnChoice
            key={from}
            from={from}
            to={to}
            proposed={same(from)}
            columns={columns}
            onChange={(next) => setAnswers({ ...answers, [from]: next })}
          />
        ))}
      </ul>
      {use.error && <ErrorNote error={use.error} />}
      <div className="flex flex-wrap items-center gap-2">
        <button type="submit" className="btn btn-primary" disabled={open.length > 0 || use.isPending}>
          {`Add ${plural(definition.steps.length, "step")}`}
        </button>
        <button type="button" className="btn btn-quiet" onClick={onClose}>
          Cancel
        </button>
        {open.length > 0 && (
          <p role="status" className="text-13 text-ink-2">
            {`Still to choose: ${open.join(", ")}.`}
          </p>
        )}
      </div>
    </form>
  );
}

/** The shape that "Import a recipe" of the Prepare page reads, so that another installation can use it. */
const asFile = ({ name, version, owner, text, formula, columns, steps, created_at }: Definition) => ({
  name,
  feature_version: version,
  owner,
  about: text,
  formula,
  columns,
  created_at,
  version: 1,
  steps,
});

const fileName = ({ name, version }: Definition) =>
  `${name.replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_+|_+$/g, "") || "feature"}_v${version}.json`;
