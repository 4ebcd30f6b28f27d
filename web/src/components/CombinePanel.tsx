import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import { hasEnded, useJob } from "../api/live";
import { combinePlanQuery } from "../api/loading";
import { problemFromJob } from "../api/problem";
import { datasetsQuery, jobQuery } from "../api/queries";
import type { CombineRequest, Dataset, Job } from "../api/types";
import { plural } from "../lib/format";
import { CombinePlanNote } from "./CombinePlanNote";
import { ErrorNote } from "./ErrorNote";
import { JobProgress } from "./JobProgress";

type How = CombineRequest["how"];
type Keys = NonNullable<CombineRequest["keys"]>;

const WAYS: readonly { readonly how: How; readonly word: string }[] = [
  { how: "append", word: "add its rows below" },
  { how: "left", word: "add its columns, keep every row of this table" },
  { how: "inner", word: "add its columns, keep only rows that are in both" },
];

interface CombinePanelProps {
  readonly dataset: Dataset;
  /** Datasets of which one may be added; all of the workspace when nothing is said. */
  readonly among?: readonly string[];
  readonly onStarted: () => void;
}

/** A second table for this one: first what would be gained, lost and doubled, and only then the new version. */
export function CombinePanel({ dataset, among, onStarted }: CombinePanelProps) {
  const { data: all, error } = useQuery(datasetsQuery);
  const others = (all ?? []).filter(
    (item) => item.state === "ready" && item.id !== dataset.id && (among?.includes(item.id) ?? true),
  );
  const [second, setSecond] = useState("");
  const [how, setHow] = useState<How>("append");
  const [planned, setPlanned] = useState<string | null>(null);
  const client = useQueryClient();
  const chosen = others.find((item) => item.id === second) ?? others[0];
  const body = (keys: Keys | null): CombineRequest => ({ dataset_id: chosen?.id ?? "", how, keys });
  const started = (job: Job) => client.setQueryData(jobQuery(job.id).queryKey, job);
  const plan = useMutation({
    mutationFn: (keys: Keys | null) =>
      api.post("/api/v1/datasets/{dataset_id}/combine/plan", {
        path: { dataset_id: dataset.id },
        body: body(keys),
      }),
    onSuccess: ({ job }) => {
      started(job);
      setPlanned(job.id);
    },
  });
  const run = useMutation({
    mutationFn: (keys: Keys | null) =>
      api.post("/api/v1/datasets/{dataset_id}/combine", {
        path: { dataset_id: dataset.id },
        body: body(keys),
      }),
    onSuccess: ({ job }) => {
      started(job);
      setPlanned(null);
      onStarted();
    },
  });
  return (
    <section className="card min-w-0" aria-label="Add another table">
      <h2 className="border-b border-line px-4 py-3 text-14 font-semibold">Add another table</h2>
      <div className="space-y-4 px-4 py-3 text-13">
        {error && <ErrorNote error={error} />}
        {all !== undefined && others.length === 0 && (
          <p className="text-ink-2">
            Rows or columns of a second table can be added to this one.{" "}
            <Link to="/new" className="link">
              Load the second file
            </Link>
            , then come back to this page.
          </p>
        )}
        {chosen && (
          <>
            <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
              <label className="block">
                <span className="font-medium">Table</span>
                <select
                  className="field mt-1"
                  value={chosen.id}
                  onChange={(event) => {
                    setSecond(event.target.value);
                    setPlanned(null);
                  }}
                >
                  {others.map((item) => (
                    <option key={item.id} value={item.id}>
                      {`${item.name} (${plural(item.version?.n_rows ?? 0, "row")})`}
                    </option>
                  ))}
                </select>
              </label>
              <label className="block">
                <span className="font-medium">How</span>
                <select
                  className="field mt-1"
                  value={how}
                  onChange={(event) => {
                    setHow(event.target.value as How);
                    setPlanned(null);
                  }}
                >
                  {WAYS.map(({ how: way, word }) => (
                    <option key={way} value={way}>
                      {word}
                    </option>
                  ))}
                </select>
              </label>
            </div>
            {(plan.error ?? run.error) && <ErrorNote error={plan.error ?? run.error} />}
            {planned === null ? (
              <button
                type="button"
                className="btn btn-secondary"
                disabled={plan.isPending}
                onClick={() => plan.mutate(null)}
              >
                See what it would give
              </button>
            ) : (
              <Planned
                dataset={dataset.id}
                job={planned}
                pending={run.isPending || plan.isPending}
                onKeys={(keys) => plan.mutate(keys)}
                onRun={(keys) => run.mutate(keys)}
              />
            )}
          </>
        )}
      </div>
    </section>
  );
}

interface PlannedProps {
  readonly dataset: string;
  readonly job: string;
  readonly pending: boolean;
  readonly onKeys: (keys: Keys) => void;
  readonly onRun: (keys: Keys | null) => void;
}

/** The plan while it is made, and then what it says. */
function Planned({ dataset, job: id, pending, onKeys, onRun }: PlannedProps) {
  const { data: job } = useJob(id);
  const done = job?.state === "completed";
  const { data: plan, error } = useQuery({ ...combinePlanQuery(dataset, id), enabled: done });
  if (error) return <ErrorNote error={error} />;
  if (job && hasEnded(job) && !done) {
    return <ErrorNote error={problemFromJob(job.error, "These tables cannot be combined so")} />;
  }
  if (plan === undefined) return job ? <JobProgress job={job} title="Counting what it would give" /> : null;
  return <CombinePlanNote plan={plan} pending={pending} onKeys={onKeys} onRun={onRun} />;
}
