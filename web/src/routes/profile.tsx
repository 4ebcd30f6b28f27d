import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { datasetQuery } from "../api/queries";
import { overviewQuery, type TableKey, type View } from "../api/tableQueries";
import { ColumnCards } from "../components/ColumnCards";
import { DataChecks } from "../components/DataChecks";
import { LockedStage } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { FindingsPanel } from "../components/Findings";
import { Page } from "../components/Page";
import { ProfileGrid } from "../components/ProfileGrid";
import { QualityCard } from "../components/QualityCard";
import { QuestionBox } from "../components/QuestionBox";
import { RecipeCard, stepLike, useRecipe } from "../components/Recipe";
import { RelationsTab } from "../components/Relations";
import { Skeleton } from "../components/Skeleton";
import { StoryPanel } from "../components/Story";
import { Tabs } from "../components/Tabs";
import { TargetCard } from "../components/TargetCard";
import { useStage } from "../components/useStage";
import { focusOn, useStoryActions } from "../components/useStoryActions";
import { readFilters, readSort, writeSort } from "../lib/filters";
import { bytes, dateTime, plural } from "../lib/format";

const TABS = [
  { id: "table", title: "Table" },
  { id: "columns", title: "Columns" },
  { id: "relations", title: "Relations" },
  { id: "ask", title: "Ask" },
  { id: "checks", title: "Data checks" },
] as const;
type TabId = (typeof TABS)[number]["id"];

/** Profile: the whole table with the shape of each column, what was found, and the choice of the target. */
export function ProfilePage() {
  const { id, project, stage, story } = useStage("data_profiling");
  const { col: named, tab: asked, filter, sort } = useSearch({ from: "/signed-in/p/$project/profile" });
  // A column called 2020 arrives as a number.
  const col = named === undefined ? null : String(named);
  const navigate = useNavigate({ from: "/p/$project/profile" });
  const { data: dataset } = useQuery(datasetQuery(project.dataset_id ?? null));
  const ready = dataset?.version !== null && dataset?.version !== undefined;
  const table = useMemo<TableKey>(
    () => ({
      dataset: dataset?.id ?? "",
      version: dataset?.version?.id ?? "",
      project: id,
      target: project.target ?? null,
    }),
    [dataset?.id, dataset?.version?.id, id, project.target],
  );
  const { data: profile, error, refetch } = useQuery({ ...overviewQuery(table), enabled: ready });
  const view = useMemo<View>(() => ({ filters: readFilters(filter), sort: readSort(sort) }), [filter, sort]);
  const setView = useCallback(
    (next: View) =>
      void navigate({
        search: ({ filter: _, sort: __, ...now }) => ({
          ...now,
          ...(next.filters.length > 0 ? { filter: next.filters } : {}),
          ...(next.sort ? { sort: writeSort(next.sort) } : {}),
        }),
        replace: true,
      }),
    [navigate],
  );
  const [show, setShow] = useState<{ column: string } | null>(col ? { column: col } : null);
  const { recipe, add, remove } = useRecipe(id);
  const actions = useStoryActions(id, {
    choose_target: () => focusOn("[data-focus=target]"),
    add_step: (args) => add.mutate(stepOf(args)),
  });
  const tab = TABS.find((t) => t.id === asked)?.id ?? "table";
  const showTab = (next: TabId) =>
    void navigate({
      search: ({ tab: _, ...now }) => ({ ...now, ...(next === "table" ? {} : { tab: next }) }),
      replace: true,
    });
  const showColumn = useCallback(
    (column: string) => {
      setShow({ column });
      void navigate({ search: ({ tab: _, ...now }) => ({ ...now, col: column }), replace: true });
    },
    [navigate],
  );
  if (stage.state === "locked" || (dataset && !ready)) {
    return (
      <Page title="The table is not loaded yet.">
        <LockedStage project={project} stage={stage} />
      </Page>
    );
  }
  const version = dataset?.version;
  return (
    <Page
      story={story}
      title={dataset ? `What is in ${dataset.name}` : "Profile"}
      context="What each column holds, and what to look at first."
      actions={
        <>
          {version && (
            <Link to="/p/$project/explore" params={{ project: id }} className="btn btn-secondary">
              Groups, unusual rows, forecast
            </Link>
          )}
          {project.target !== null && project.target !== undefined && (
            <Link to="/p/$project/train" params={{ project: id }} className="btn btn-primary">
              Continue to Train
            </Link>
          )}
        </>
      }
    >
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      <div
        className={`grid grid-cols-[minmax(0,1fr)_340px] gap-4 max-lg:grid-cols-1 ${
          tab === "table"
            ? "lg:min-h-[36rem] lg:[@media(min-height:760px)]:h-[calc(100dvh-212px)]"
            : "items-start"
        }`}
      >
        <div className="flex min-h-0 min-w-0 flex-col gap-3 *:[[role=tabpanel]]:min-h-0 *:[[role=tabpanel]]:grow">
          <Tabs label="Views of the table" tabs={TABS} value={tab} onChange={showTab}>
            {tab === "table" && (
              <section
                className="card flex min-h-[34rem] min-w-0 grow flex-col overflow-hidden max-lg:h-[34rem]"
                aria-label="Table"
              >
                <header className="nums flex flex-wrap items-baseline gap-x-3 border-b border-line px-4 py-2.5">
                  <h2 className="text-14 font-semibold">{dataset?.original_filename ?? "Table"}</h2>
                  {version && (
                    <p className="text-13 text-ink-2">
                      {`${plural(version.n_rows, "row")} · ${plural(version.n_columns, "column")} · ${bytes(dataset?.import_report?.size_bytes ?? version.size_bytes)} · version ${version.number}, ${dateTime(version.created_at)}`}
                    </p>
                  )}
                </header>
                {profile && version && dataset ? (
                  <ProfileGrid
                    table={table}
                    overview={profile}
                    view={view}
                    onView={setView}
                    show={show}
                    className="grow"
                  />
                ) : (
                  <div className="p-4">
                    <Skeleton lines={8} label="Loading the profile" />
                  </div>
                )}
              </section>
            )}
            {tab !== "table" && !profile && <Skeleton lines={8} label="Loading the profile" />}
            {tab === "columns" && profile && <ColumnCards table={table} overview={profile} first={col} />}
            {tab === "relations" && profile && <RelationsTab profile={profile} onShow={showColumn} />}
            {tab === "ask" && <QuestionBox project={id} />}
            {tab === "checks" && <DataChecks project={id} />}
          </Tabs>
        </div>
        <div className="flex min-h-0 min-w-0 flex-col gap-4 lg:overflow-y-auto">
          {profile && (
            <TargetCard
              project={project}
              profile={profile}
              reason={stage.state === "ready" ? stage.reason : null}
            />
          )}
          <RecipeCard project={id} trained={project.model_version_id != null} />
          {profile && (
            <FindingsPanel
              profile={profile}
              onShow={showColumn}
              onChooseTarget={() => focusOn("[data-focus=target]")}
              steps={{
                place: (step) => {
                  const own = stepLike(recipe, step);
                  return own?.enabled ? (recipe?.steps.indexOf(own) ?? -1) + 1 : null;
                },
                add: (step) => add.mutate(step),
                remove: (step) => {
                  const own = stepLike(recipe, step);
                  if (own !== undefined) remove.mutate(own.id);
                },
                busy: add.isPending || remove.isPending,
                error: add.error ?? remove.error,
              }}
            />
          )}
          {story && (
            <StoryPanel
              story={{
                ...story,
                next_steps: story.next_steps.filter(
                  ({ action, arguments: args }) =>
                    action !== "add_step" || !stepLike(recipe, stepOf(args ?? {}))?.enabled,
                ),
              }}
              actions={actions}
            />
          )}
          {profile && <QualityCard profile={profile} onShow={showColumn} />}
        </div>
      </div>
    </Page>
  );
}

/** The step that a story offers. */
function stepOf({ step, params }: Record<string, unknown>) {
  return { type: String(step), params: (params ?? {}) as Record<string, unknown> };
}
