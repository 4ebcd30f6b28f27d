import { useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type KeyboardEvent, useState } from "react";
import {
  bodyOf,
  type CatalogStep,
  recipeCheckQuery,
  recipePreviewQuery,
  type Show,
  type StepBody,
  stepsQuery,
} from "../api/preparing";
import { previewQuery } from "../api/tableQueries";
import { EmptyState, LockedStage } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { AddStep } from "../components/prepare/AddStep";
import { ApplyNote, useApply } from "../components/prepare/Apply";
import { BeforeAfter } from "../components/prepare/BeforeAfter";
import { ChangeTable } from "../components/prepare/ChangeTable";
import { History } from "../components/prepare/History";
import type { Column } from "../components/prepare/StepForm";
import { StepList } from "../components/prepare/StepList";
import { faultOf, StepPanel } from "../components/prepare/StepPanel";
import { usePrepare } from "../components/prepare/usePrepare";
import { useSettled } from "../components/prepare/useSettled";
import { Skeleton } from "../components/Skeleton";
import { StoryPanel } from "../components/Story";
import { useStage } from "../components/useStage";
import { useStoryActions } from "../components/useStoryActions";
import { count } from "../lib/format";
import { fieldsOf, initialParams, type Params, unanswered } from "../lib/stepForm";

const NEW = "new-step";
const route = getRouteApi("/signed-in/p/$project/prepare");

/** Prepare: steps, what they do to the rows, and one step at a time to think about. */
export function PreparePage() {
  const { id, project, stage, story } = useStage("data_preparation");
  const { step: chosen = null, only: show = "first" } = route.useSearch();
  const navigate = route.useNavigate();
  const look = (search: { step?: string | undefined; only?: Exclude<Show, "first"> | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...search }), replace: true });

  const prepare = usePrepare(id);
  const { recipe } = prepare;
  const { data: catalog = [] } = useQuery(stepsQuery);
  const actions = useStoryActions(id);
  const dataset = project.dataset_id ?? "";
  const version = project.dataset_version_id;
  const { data: table } = useQuery({
    ...previewQuery(dataset, version ?? "", 0, 1),
    enabled: version !== null,
  });

  const [adding, setAdding] = useState(false);
  const [draft, setDraft] = useState<StepBody | null>(null);
  const saved = recipe?.steps ?? [];
  const current = saved.find((step) => step.id === chosen);
  const edited = draft ?? (current && bodyOf(current)) ?? null;
  const kind = catalog.find((step) => step.name === edited?.type);
  const complete =
    draft === null ||
    (kind !== undefined && unanswered(fieldsOf(kind.parameters), draft.params).length === 0);
  const wanted = draft === null || !complete ? saved.map(bodyOf) : withDraft(saved, draft);
  const steps = useSettled(wanted, 250);
  const at = draft !== null && complete ? draft.id : (current?.id ?? null);
  const focus = steps.some((step) => step.id === at) ? at : null;
  const about = { project: id, version, steps };
  const check = useQuery({ ...recipeCheckQuery(id, version, steps), enabled: draft !== null && complete });
  const fits = draft === null || check.data?.valid === true;
  const {
    data: preview,
    error,
    isPlaceholderData,
  } = useQuery({
    ...recipePreviewQuery({ ...about, step: focus, show }),
    enabled: version !== null && fits,
  });
  const all = useQuery(recipePreviewQuery({ ...about, steps: saved.map(bodyOf), step: null })).data;
  const effects = useQueries({
    queries: saved
      .filter((step) => step.enabled)
      .map((step) => recipePreviewQuery({ ...about, steps: saved.map(bodyOf), step: step.id, rows: 1 })),
  });
  const effect = (step: string) => effects.find((one) => one.data?.step_id === step)?.data?.sentence;
  const apply = useApply(id, all);

  if (stage.state === "locked") {
    return (
      <Page title="Prepare the table">
        <LockedStage project={project} stage={stage} />
      </Page>
    );
  }
  if (recipe === undefined) {
    return (
      <Page title="Prepare the table">
        <Skeleton label="Loading the steps" />
      </Page>
    );
  }

  const choose = (step: string | null) => {
    setDraft(null);
    setAdding(false);
    prepare.clear();
    look({ step: step ?? undefined });
  };
  const begin = (step: CatalogStep) => {
    setAdding(false);
    prepare.clear();
    setDraft({
      id: NEW,
      type: step.name,
      params: { ...initialParams(fieldsOf(step.parameters)) },
      enabled: true,
    });
    look({ step: undefined });
  };
  const save = () => {
    if (draft === null) return;
    const done = () => setDraft(null);
    if (draft.id === NEW)
      prepare.add.mutate(draft, {
        onSuccess: (changed) => {
          done();
          look({ step: changed.steps.at(-1)?.id });
        },
      });
    else prepare.change.mutate({ id: draft.id, params: draft.params }, { onSuccess: done });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select");
    if (typing || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || prepare.busy)
      return;
    event.preventDefault();
    if (event.shiftKey ? recipe.can_redo : recipe.can_undo)
      prepare[event.shiftKey ? "redo" : "undo"].mutate();
  };

  const number = draft?.id === NEW ? saved.length + 1 : saved.findIndex((step) => step.id === edited?.id) + 1;
  const columns = columnsBefore(preview?.before.columns, table?.columns);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of undo and redo work wherever the focus is on the page
    <div onKeyDown={onKeyDown} className="min-h-full">
      <Page
        title={
          saved.length === 0
            ? "The table is used as it was loaded."
            : (all?.sentence ?? "Steps for this table")
        }
        context={
          saved.length === 0
            ? "Steps that you add here are learned from training rows only, and run again on every prediction."
            : `Nothing is changed in the loaded table. ${all?.is_sampled ? `Counts are of ${count(all.rows_before)} of ${count(all.n_rows)} rows; what steps learn comes from all of them.` : ""}`
        }
        actions={
          <>
            <Link to="/p/$project/lineage" params={{ project: id }} className="btn btn-quiet">
              Lineage
            </Link>
            <Link
              to="/p/$project/features"
              params={{ project: id }}
              className={`btn ${saved.length === 0 ? "btn-primary" : "btn-secondary"}`}
            >
              Continue to Features
            </Link>
            {saved.length > 0 && (
              <button
                type="button"
                className="btn btn-primary"
                disabled={apply.pending || apply.running || draft !== null || prepare.busy}
                onClick={apply.press}
              >
                {all ? `Apply to ${count(all.n_rows)} rows` : "Apply"}
              </button>
            )}
          </>
        }
      >
        <ApplyNote apply={apply} preview={all} />
        {prepare.error !== null && draft === null && <ErrorNote error={prepare.error} />}
        <div className="grid grid-cols-[250px_minmax(0,1fr)_320px] items-start gap-4 max-xl:grid-cols-[230px_minmax(0,1fr)] max-md:grid-cols-1">
          <div className="flex min-w-0 flex-col gap-4">
            <StepList
              prepare={prepare}
              steps={saved}
              chosen={draft?.id === NEW ? null : chosen}
              effect={effect}
              adding={adding}
              onChoose={choose}
              onAdd={() => {
                setDraft(null);
                setAdding(!adding);
              }}
            />
            <History project={id} prepare={prepare} />
          </div>
          <div className="flex min-w-0 flex-col gap-4">
            {preview ? (
              <ChangeTable
                preview={preview}
                title={titleOf(number, draft?.id === NEW, saved.length)}
                show={show}
                stale={isPlaceholderData || wanted !== steps}
                onShow={(next) => look({ only: next === "first" ? undefined : next })}
              />
            ) : error && draft === null ? (
              <ErrorNote error={error} />
            ) : (
              <Skeleton lines={8} label="Computing the preview" />
            )}
            {preview?.warnings.map((warning) => (
              <p key={warning} className="card border-warn/40 bg-warn-soft px-4 py-2 text-13">
                {warning}
              </p>
            ))}
            {preview && <BeforeAfter columns={preview.columns} leftOut={preview.n_columns_left_out} />}
          </div>
          <div className="flex min-w-0 flex-col gap-4 max-xl:col-span-full">
            {adding ? (
              <AddStep steps={catalog} onChoose={begin} onClose={() => setAdding(false)} />
            ) : edited && kind ? (
              <StepPanel
                key={edited.id + edited.type + (recipe.state_id ?? "")}
                title={draft?.id === NEW ? "New step" : `Step ${number}`}
                step={kind}
                sentence={draft === null ? (current?.sentence ?? kind.sentence) : kind.sentence}
                draft={edited}
                changed={draft !== null}
                columns={columns}
                fault={
                  draft !== null && complete ? faultOf(prepare.error ?? error, check.data?.faults[0]) : null
                }
                saveWord={draft?.id === NEW ? "Add this step" : "Keep the change"}
                busy={prepare.busy}
                onDraft={(params: Params) => {
                  prepare.clear();
                  setDraft({ ...edited, params });
                }}
                onSave={save}
                onDiscard={() => setDraft(null)}
              />
            ) : (
              <EmptyState title={saved.length === 0 ? "No step yet." : "Choose a step."}>
                <p>
                  {saved.length === 0
                    ? "Gaps, dates, text and categories are turned into numbers by themselves when a model is trained. Add a step where you know better: a wrong value, a column that should not be there, a sum that matters."
                    : "Choose a step on the left to see what it does to the rows, and to change it."}
                </p>
              </EmptyState>
            )}
            {story && <StoryPanel story={story} actions={actions} />}
          </div>
        </div>
      </Page>
    </div>
  );
}

function withDraft(saved: readonly StepBody[], draft: StepBody): StepBody[] {
  const steps = saved.map(bodyOf);
  return draft.id === NEW ? [...steps, draft] : steps.map((step) => (step.id === draft.id ? draft : step));
}

function titleOf(number: number, isNew: boolean, all: number): string {
  if (isNew) return "After the new step";
  return number > 0 ? `After step ${number}` : all > 0 ? "After all steps" : "The table";
}

/** The columns that a step meets, with their kind where it is that of the loaded table. */
function columnsBefore(
  before: readonly { readonly name: string }[] | undefined,
  loaded: readonly Column[] | undefined,
): readonly Column[] {
  const kinds = new Map((loaded ?? []).map((column) => [column.name, column.kind]));
  const names = before ?? loaded ?? [];
  return names.map(({ name }) => ({ name, kind: kinds.get(name) ?? null }));
}
