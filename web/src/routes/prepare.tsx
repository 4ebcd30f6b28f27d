import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import type { Show } from "../api/preparing";
import { EmptyState, LockedStage } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { AddStep } from "../components/prepare/AddStep";
import { ApplyNote, useApply } from "../components/prepare/Apply";
import { BeforeAfter } from "../components/prepare/BeforeAfter";
import { ChangeTable } from "../components/prepare/ChangeTable";
import { History } from "../components/prepare/History";
import { Proposals } from "../components/prepare/Proposals";
import { QualityLine } from "../components/prepare/QualityLine";
import { StepList } from "../components/prepare/StepList";
import { StepPanel } from "../components/prepare/StepPanel";
import { useSteps } from "../components/prepare/useSteps";
import { Skeleton } from "../components/Skeleton";
import { StoryPanel } from "../components/Story";
import { useStage } from "../components/useStage";
import { useStoryActions } from "../components/useStoryActions";
import { count } from "../lib/format";

const RecipesDialog = lazy(async () => ({
  default: (await import("../components/prepare/RecipesDialog")).RecipesDialog,
}));
const route = getRouteApi("/signed-in/p/$project/prepare");

/** Prepare: steps, what they do to the rows, and one step at a time to think about. */
export function PreparePage() {
  const { id, project, stage, story } = useStage("data_preparation");
  const { step: chosen = null, only: show = "first" } = route.useSearch();
  const navigate = route.useNavigate();
  const look = (search: { step?: string | undefined; only?: Exclude<Show, "first"> | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...search }), replace: true });
  const work = useSteps(id, project, { chosen, show, look });
  const { prepare, saved, draft, all, preview, edited, kind } = work;
  const actions = useStoryActions(id);
  const apply = useApply(id, all);
  const [recipes, setRecipes] = useState(false);
  const [leftOut, setLeftOut] = useState<ReadonlySet<string>>(new Set());

  if (stage.state === "locked") {
    return (
      <Page title="Prepare the table">
        <LockedStage project={project} stage={stage} />
      </Page>
    );
  }
  if (prepare.recipe === undefined) {
    return (
      <Page title="Prepare the table">
        <Skeleton label="Loading the steps" />
      </Page>
    );
  }

  const proposals = (alone: boolean) => (
    <Proposals
      project={id}
      version={project.dataset_version_id}
      prepare={prepare}
      steps={saved}
      leftOut={leftOut}
      onLeftOut={setLeftOut}
      alone={alone}
    />
  );
  return (
    <div className="min-h-full">
      <Page
        title={
          saved.length === 0
            ? "The table is used as it was loaded."
            : (all?.sentence ?? "Steps for this table")
        }
        context={
          saved.length === 0
            ? "Steps that you add here are learned from training rows only, and run again on every prediction."
            : `Nothing is changed in the loaded table. ${all?.is_sampled ? `Counts are of ${count(all.rows_before)} of ${count(all.n_rows)} rows.` : ""}`
        }
        actions={
          <>
            <button type="button" className="btn btn-quiet" onClick={() => setRecipes(true)}>
              Recipes
            </button>
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
              chosen={work.isNew ? null : chosen}
              effect={work.effect}
              adding={work.adding}
              trained={project.model_version_id !== null}
              onChoose={work.choose}
              onAdd={work.toggleAdding}
            />
            <QualityLine prepare={prepare} />
            {saved.length > 0 && proposals(false)}
            <History project={id} prepare={prepare} />
          </div>
          <div className="flex min-w-0 flex-col gap-4">
            {preview ? (
              <ChangeTable
                preview={preview}
                title={titleOf(work.number, work.isNew, work.preview?.step_id != null, saved.length)}
                show={show}
                stale={work.stale}
                onShow={(next) => look({ only: next === "first" ? undefined : next })}
              />
            ) : work.error && draft === null ? (
              <ErrorNote error={work.error} />
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
            {work.adding ? (
              <AddStep steps={work.catalog} onChoose={work.begin} onClose={work.toggleAdding} />
            ) : edited && kind ? (
              <StepPanel
                key={edited.id + edited.type + (prepare.recipe.state_id ?? "")}
                title={work.isNew ? "New step" : `Step ${work.number}`}
                step={kind}
                sentence={draft === null ? (work.current?.sentence ?? kind.sentence) : kind.sentence}
                draft={edited}
                changed={draft !== null}
                columns={work.columns}
                fault={work.fault}
                saveWord={work.isNew ? "Add this step" : "Keep the change"}
                busy={prepare.busy}
                onDraft={work.edit}
                onSave={work.save}
                onDiscard={work.discard}
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
            {saved.length === 0 && draft === null && !work.adding && proposals(true)}
            {story && <StoryPanel story={story} title="What was done" actions={actions} />}
          </div>
        </div>
      </Page>
      <Suspense>
        {recipes && (
          <RecipesDialog
            project={id}
            columns={work.table}
            prepare={prepare}
            onClose={() => setRecipes(false)}
          />
        )}
      </Suspense>
    </div>
  );
}

function titleOf(number: number, isNew: boolean, single: boolean, all: number): string {
  if (isNew && single) return "After the new step";
  return number > 0 && !isNew ? `After step ${number}` : all > 0 ? "After all steps" : "The table";
}
