import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { type LineageFilter, lineageQuery } from "../api/lineage";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { Graph } from "../components/lineage/Graph";
import { NodePanel } from "../components/lineage/NodePanel";
import { NodeTable } from "../components/lineage/NodeTable";
import { Reproduce } from "../components/lineage/Reproduce";
import { Page, WithPanel } from "../components/Page";
import { Skeleton } from "../components/Skeleton";
import { useStage } from "../components/useStage";
import { plural } from "../lib/format";

const route = getRouteApi("/signed-in/p/$project/lineage");

/** Lineage: where every version, model and deployment of this project's table came from. */
export function LineagePage() {
  const { id, project } = useStage("data_loading");
  const { node: chosen = null, view } = route.useSearch();
  const navigate = route.useNavigate();
  const [filter, setFilter] = useState<LineageFilter>({});
  const [reproducing, setReproducing] = useState(false);
  const dataset = project.dataset_id ?? "";
  const { data: graph, error } = useQuery({ ...lineageQuery(dataset, filter), enabled: dataset !== "" });
  const look = (search: { node?: string | undefined; view?: "table" | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...search }), replace: true });
  const choose = (node: string | null) => look({ node: node ?? undefined });
  const node = graph?.nodes.find((one) => one.id === chosen);
  const versions = graph?.nodes.filter((one) => one.kind === "version").length ?? 0;
  const filtered = Object.values(filter).some(Boolean);
  const title =
    graph === undefined
      ? "Where everything came from"
      : `${plural(versions, "version")} of the table, all traced to the file.`;
  return (
    <Page
      title={title}
      context="Choose something to see what it was made of, and how."
      actions={
        <>
          <Link to="/p/$project/prepare" params={{ project: id }} className="btn btn-quiet">
            Back to Prepare
          </Link>
          <button type="button" className="btn btn-secondary" onClick={() => setReproducing(true)}>
            Reproduce
          </button>
        </>
      }
    >
      <div className="flex flex-wrap items-end gap-3 text-13">
        <label className="block">
          <span className="text-12 text-ink-2">By</span>
          <select
            className="field"
            value={filter.user ?? ""}
            onChange={(event) => setFilter(withEntry(filter, "user", event.target.value))}
          >
            <option value="">everybody</option>
            {graph?.users.map((user) => (
              <option key={user}>{user}</option>
            ))}
          </select>
        </label>
        <label className="block">
          <span className="text-12 text-ink-2">Kind or step</span>
          <select
            className="field"
            value={filter.type ?? ""}
            onChange={(event) => setFilter(withEntry(filter, "type", event.target.value))}
          >
            <option value="">all</option>
            {graph?.types.map((type) => (
              <option key={type} value={type}>
                {type.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        </label>
        <label className="block">
          <span className="text-12 text-ink-2">From</span>
          <input
            type="date"
            className="field"
            value={filter.from?.slice(0, 10) ?? ""}
            onChange={(event) => setFilter(withEntry(filter, "from", event.target.value))}
          />
        </label>
        <label className="block">
          <span className="text-12 text-ink-2">To</span>
          <input
            type="date"
            className="field"
            value={filter.to?.slice(0, 10) ?? ""}
            onChange={(event) =>
              setFilter(withEntry(filter, "to", event.target.value && `${event.target.value}T23:59:59Z`))
            }
          />
        </label>
        {filtered && (
          <button type="button" className="btn btn-quiet" onClick={() => setFilter({})}>
            Show everything
          </button>
        )}
        <button
          type="button"
          className="btn btn-quiet ml-auto aria-pressed:bg-accent-soft aria-pressed:text-accent-text"
          aria-pressed={view === "table"}
          onClick={() => look({ view: view === "table" ? undefined : "table" })}
        >
          As a table
        </button>
      </div>
      {error && <ErrorNote error={error} />}
      {graph === undefined ? (
        !error && <Skeleton lines={8} label="Loading the lineage" />
      ) : (
        <WithPanel
          panel={
            <>
              {reproducing && <Reproduce dataset={dataset} onClose={() => setReproducing(false)} />}
              {node ? (
                <NodePanel
                  key={node.id}
                  node={node}
                  steps={graph.steps.filter((step) => step.version_id === node.id)}
                  current={graph.current_version}
                  project={id}
                />
              ) : (
                !reproducing && (
                  <EmptyState title="Nothing chosen.">
                    <p>
                      Choose a file, a version, a training or a model: here stands when it was made, by whom
                      and how, and a version can be compared, kept or restored.
                    </p>
                  </EmptyState>
                )
              )}
            </>
          }
        >
          {graph.nodes.length === 0 ? (
            <EmptyState title="Nothing fits these filters.">
              <p>Widen the dates, or show everything.</p>
            </EmptyState>
          ) : view === "table" ? (
            <NodeTable graph={graph} chosen={chosen} onChoose={choose} />
          ) : (
            <Graph graph={graph} chosen={node ? chosen : null} onChoose={choose} />
          )}
        </WithPanel>
      )}
    </Page>
  );
}

function withEntry(filter: LineageFilter, name: keyof LineageFilter, value: string): LineageFilter {
  const { [name]: _, ...rest } = filter;
  return value === "" ? rest : { ...rest, [name]: value };
}
