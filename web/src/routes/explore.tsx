import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { datasetQuery } from "../api/queries";
import { LockedStage } from "../components/EmptyState";
import { ForecastTab } from "../components/explore/ForecastTab";
import { GroupsTab } from "../components/explore/GroupsTab";
import { UnusualTab } from "../components/explore/UnusualTab";
import { Page } from "../components/Page";
import { Tabs } from "../components/Tabs";
import { useStage } from "../components/useStage";

const TABS = [
  { id: "groups", title: "Groups" },
  { id: "unusual", title: "Unusual rows" },
  { id: "forecast", title: "Forecast" },
] as const;

/** Explore: what a table shows without a target: groups of rows, unusual rows, the next values of a column. */
export function ExplorePage() {
  const { id, project, stage } = useStage("data_profiling");
  const { tab: asked } = useSearch({ from: "/signed-in/p/$project/explore" });
  const navigate = useNavigate({ from: "/p/$project/explore" });
  const { data: dataset } = useQuery(datasetQuery(project.dataset_id ?? null));
  const version = dataset?.version;
  const tab = TABS.find((each) => each.id === asked)?.id ?? "groups";
  if (stage.state === "locked" || (dataset && !version)) {
    return (
      <Page title="The table is not loaded yet.">
        <LockedStage project={project} stage={stage} />
      </Page>
    );
  }
  return (
    <Page
      title={dataset ? `Explore ${dataset.name}` : "Explore"}
      context="Rows that are alike, rows that are unlike all others, and what comes next."
      actions={
        <Link to="/p/$project/profile" params={{ project: id }} className="btn btn-secondary">
          Back to Profile
        </Link>
      }
    >
      <Tabs
        label="Ways to explore"
        tabs={TABS}
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next }, replace: true })}
      >
        {dataset && version && (
          <>
            {tab === "groups" && <GroupsTab key={dataset.id} dataset={dataset.id} version={version.id} />}
            {tab === "unusual" && <UnusualTab key={dataset.id} dataset={dataset.id} version={version.id} />}
            {tab === "forecast" && <ForecastTab key={dataset.id} dataset={dataset.id} version={version.id} />}
          </>
        )}
      </Tabs>
    </Page>
  );
}
