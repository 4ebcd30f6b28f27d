import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { lazy, Suspense } from "react";
import { EmptyState, LockedStage } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { ColumnsTab } from "../components/features/Columns";
import { boardQuery } from "../components/features/data";
import { IdeasTab } from "../components/features/Ideas";
import { ImportanceTab } from "../components/features/Importance";
import { LeaksTab } from "../components/features/Leaks";
import { SelectionTab } from "../components/features/Selection";
import { Page } from "../components/Page";
import { Skeleton } from "../components/Skeleton";
import { StoryPanel } from "../components/Story";
import { Tabs } from "../components/Tabs";
import { useStage } from "../components/useStage";
import { useStoryActions } from "../components/useStoryActions";
import { plural } from "../lib/format";
import { STAGE_ROUTES } from "../lib/stages";

const SavedTab = lazy(async () => ({
  default: (await import("../components/features/SavedTab")).SavedTab,
}));

const TABS = [
  { id: "columns", title: "Columns" },
  { id: "ideas", title: "Ideas" },
  { id: "selection", title: "Selection" },
  { id: "leaks", title: "Leaks" },
  { id: "importance", title: "Importance" },
  { id: "saved", title: "Saved" },
] as const;
type Tab = (typeof TABS)[number]["id"];

/** Features: the question in words, what each column is there for, ideas, selection, leaks, importance. */
export function FeaturesPage() {
  const { id, project, stage, story } = useStage("feature_engineering");
  const { tab: asked } = useSearch({ from: "/signed-in/p/$project/features" });
  const navigate = useNavigate({ from: "/p/$project/features" });
  const actions = useStoryActions(id);
  const tab: Tab = TABS.find((known) => known.id === asked)?.id ?? "columns";
  const locked = stage.state === "locked";
  const { data: board, error, refetch } = useQuery({ ...boardQuery(id), enabled: !locked });
  if (locked) {
    return (
      <Page title="There are no columns to work with yet.">
        <LockedStage project={project} stage={stage} />
      </Page>
    );
  }
  if (board === undefined) {
    return (
      <Page title="Features">
        {error ? (
          <ErrorNote error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton label="Loading the columns" />
        )}
      </Page>
    );
  }
  if (board.target === null) {
    return (
      <Page title="Features">
        <EmptyState
          icon={<CircleAlert size={20} aria-hidden />}
          title="First choose the column to predict."
          action={
            <Link to={STAGE_ROUTES.data_profiling} params={{ project: id }} className="btn btn-primary">
              Choose it on Profile
            </Link>
          }
        >
          <p>
            A feature is good when it helps to predict something: without that, nothing can be measured here.
          </p>
        </EmptyState>
      </Page>
    );
  }
  return (
    <Page
      title={board.task}
      context={`${plural(board.n_features, "column")} to learn from. Everything here is optional.`}
      actions={
        <Link to={STAGE_ROUTES.model_training} params={{ project: id }} className="btn btn-secondary">
          Continue to Train
        </Link>
      }
    >
      {board.warning && (
        <p className="flex items-center gap-2 rounded-6 bg-warn-soft px-3 py-2 text-13 text-warn">
          <CircleAlert size={15} aria-hidden />
          {board.warning}
        </p>
      )}
      <Tabs
        label="Features"
        tabs={TABS}
        value={tab}
        onChange={(value) =>
          void navigate({ search: value === "columns" ? {} : { tab: value }, replace: true })
        }
      >
        {tab === "columns" && <ColumnsTab project={id} board={board} />}
        {tab === "ideas" && <IdeasTab project={id} board={board} />}
        {tab === "selection" && <SelectionTab project={id} board={board} />}
        {tab === "leaks" && <LeaksTab project={id} board={board} />}
        {tab === "importance" && <ImportanceTab project={project} />}
        {tab === "saved" && (
          <Suspense fallback={<Skeleton label="Loading the saved features" />}>
            <SavedTab project={id} board={board} />
          </Suspense>
        )}
      </Tabs>
      {story && <StoryPanel story={story} title="What was done" actions={actions} />}
    </Page>
  );
}
