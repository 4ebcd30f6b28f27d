import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { comparisonQuery, type GraphStep, type LineageNode } from "../../api/lineage";
import { bytes, count, fullDateTime, score } from "../../lib/format";
import { CopyField } from "../CopyField";
import { ErrorNote } from "../ErrorNote";
import { Skeleton } from "../Skeleton";

interface NodePanelProps {
  readonly node: LineageNode;
  readonly steps: readonly GraphStep[];
  /** The version that is in use, to compare with. */
  readonly current: string | null;
  readonly project: string;
}

/** Everything about one node: when, by whom, how, its hash; and for a version what can be done with it. */
export function NodePanel({ node, steps, current, project }: NodePanelProps) {
  const client = useQueryClient();
  const [comparing, setComparing] = useState(false);
  const changed = () => {
    for (const key of ["lineage", "project", "recipe", "datasets"])
      void client.invalidateQueries({ queryKey: [key] });
  };
  const restore = useMutation({
    mutationFn: () =>
      api.post("/api/v1/versions/{dataset_version_id}/restore", { path: { dataset_version_id: node.id } }),
    onSuccess: changed,
  });
  const pinned = node.facts["pinned"] === true;
  const pin = useMutation({
    mutationFn: () =>
      api.post("/api/v1/versions/{dataset_version_id}/pin", {
        path: { dataset_version_id: node.id },
        body: { pinned: !pinned },
      }),
    onSuccess: changed,
  });
  const isVersion = node.kind === "version";
  const error = restore.error ?? pin.error;
  return (
    <section className="card min-w-0" aria-label={`About ${node.label}`}>
      <header className="border-b border-line px-4 py-3">
        <p className="text-12 text-ink-2">{KINDS[node.kind]}</p>
        <h2 className="text-16 font-semibold break-words">{node.label}</h2>
      </header>
      <div className="space-y-3 p-4 text-13">
        <p className="font-serif text-16">{node.sentence}</p>
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">
          <Line term="Made">{fullDateTime(node.created_at)}</Line>
          {node.user && <Line term="By">{node.user}</Line>}
          {facts(node).map(([term, text]) => (
            <Line key={term} term={term}>
              {text}
            </Line>
          ))}
        </dl>
        {node.hash && <CopyField text={node.hash} what="hash" />}
        {steps.length > 0 && (
          <ol className="list-decimal space-y-1.5 pl-5">
            {steps.map((step) => (
              <li key={step.step_id}>
                <span className="font-medium">{step.title}</span>
                <span className="block text-12 text-ink-2">{step.sentence}</span>
              </li>
            ))}
          </ol>
        )}
        {isVersion && (
          <div className="flex flex-wrap gap-2">
            {!node.is_current && (
              <button
                type="button"
                className="btn btn-secondary"
                disabled={restore.isPending}
                onClick={() => restore.mutate()}
              >
                Restore this version
              </button>
            )}
            {current !== null && current !== node.id && (
              <button
                type="button"
                className="btn btn-quiet"
                aria-pressed={comparing}
                onClick={() => setComparing(!comparing)}
              >
                Compare with the current one
              </button>
            )}
            <button
              type="button"
              className="btn btn-quiet"
              disabled={pin.isPending}
              onClick={() => pin.mutate()}
            >
              {pinned ? "Let it go when it is old" : "Keep it for good"}
            </button>
          </div>
        )}
        {error && <ErrorNote error={error} />}
        {comparing && current !== null && (
          <ComparisonNote before={current} after={node.id} project={project} />
        )}
      </div>
    </section>
  );
}

const KINDS: Record<LineageNode["kind"], string> = {
  raw: "File",
  version: "Version of the table",
  experiment: "Training",
  model: "Model",
  deployment: "Deployment",
};

function facts(node: LineageNode): [string, string][] {
  const { n_rows: rows, n_columns: columns, size_bytes: size, note, score: value, target } = node.facts;
  const lines: [string, string | null][] = [
    ["Rows", typeof rows === "number" ? count(rows) : null],
    ["Columns", typeof columns === "number" ? count(columns) : null],
    ["Size", typeof size === "number" ? bytes(size) : null],
    ["Predicts", typeof target === "string" ? target : null],
    ["Score", typeof value === "number" ? score(value) : null],
    ["Note", typeof note === "string" && note !== "" ? note : null],
  ];
  return lines.flatMap(([term, text]) => (text === null ? [] : [[term, text]]));
}

function Line({ term, children }: { term: string; children: string }) {
  return (
    <>
      <dt className="text-ink-2">{term}</dt>
      <dd className="nums break-words">{children}</dd>
    </>
  );
}

function ComparisonNote(about: { before: string; after: string; project: string }) {
  const { data, error } = useQuery(comparisonQuery(about.before, about.after, about.project));
  if (error) return <ErrorNote error={error} />;
  if (data === undefined) return <Skeleton lines={4} label="Comparing the versions" />;
  return (
    <section className="rounded-6 bg-sunken p-3" aria-label="Compared with the current version">
      <p className="font-serif text-16">{data.headline}</p>
      <ul className="mt-2 list-disc space-y-1 pl-4">
        {data.changes.slice(0, 8).map((change) => (
          <li key={`${change.kind}-${change.column}`}>{change.sentence}</li>
        ))}
      </ul>
      {data.changes.length > 8 && (
        <p className="mt-1 text-12 text-ink-2">{`${count(data.changes.length - 8)} smaller differences are not shown.`}</p>
      )}
    </section>
  );
}
