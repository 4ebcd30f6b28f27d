import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { reproducePlanQuery } from "../../api/lineage";
import { useJob } from "../../api/live";
import { jobQuery } from "../../api/queries";
import { ErrorNote } from "../ErrorNote";
import { JobProgress } from "../JobProgress";
import { Skeleton } from "../Skeleton";

/** How every version would be built again from the raw file; and building them, with hashes compared. */
export function Reproduce({ dataset, onClose }: { dataset: string; onClose: () => void }) {
  const client = useQueryClient();
  const { data: plan, error } = useQuery(reproducePlanQuery(dataset));
  const [jobId, setJobId] = useState<string | null>(null);
  const { data: job } = useJob(jobId, () => void client.invalidateQueries({ queryKey: ["lineage"] }));
  const build = useMutation({
    mutationFn: () =>
      api.post("/api/v1/lineage/{dataset_id}/reproduce", {
        path: { dataset_id: dataset },
        body: { version_id: null },
      }),
    onSuccess: ({ job: started }) => {
      client.setQueryData(jobQuery(started.id).queryKey, started);
      setJobId(started.id);
    },
  });
  const result = job?.state === "completed" ? outcome(job.result) : null;
  return (
    <section className="card min-w-0" aria-label="Reproduce">
      <header className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 className="text-14 font-semibold">Reproduce</h2>
        <button type="button" className="btn btn-quiet" onClick={onClose}>
          Close
        </button>
      </header>
      <div className="space-y-3 p-4 text-13">
        {error && <ErrorNote error={error} />}
        {plan === undefined && !error && <Skeleton lines={3} label="Making the plan" />}
        {plan && (
          <>
            <p className="font-serif text-16">{plan.sentence}</p>
            <ol className="max-h-60 list-decimal space-y-1 overflow-y-auto pl-5">
              {plan.actions.map((action) => (
                <li key={action.version_id}>
                  {action.sentence}
                  <span className="block text-12 text-ink-2">
                    {action.obstacle ??
                      (action.bytes_intact === true
                        ? "Stored, and as it was stored."
                        : action.is_stored
                          ? "Stored."
                          : "Not stored: it would be built.")}
                  </span>
                </li>
              ))}
            </ol>
            {jobId === null && plan.can_reproduce && (
              <button
                type="button"
                className="btn btn-primary"
                disabled={build.isPending}
                onClick={() => build.mutate()}
              >
                Build all again and compare
              </button>
            )}
          </>
        )}
        {build.error && <ErrorNote error={build.error} />}
        {job && job.state !== "completed" && <JobProgress job={job} title="Building the versions again" />}
        {result && (
          <p role="status" className={`rounded-6 p-3 ${result.good ? "bg-good-soft" : "bg-bad-soft"}`}>
            {result.text}
          </p>
        )}
      </div>
    </section>
  );
}

function outcome(value: unknown): { good: boolean; text: string } {
  const { sentence, all_equal: equal } = (value ?? {}) as { sentence?: string; all_equal?: boolean };
  return { good: equal !== false, text: sentence ?? "All versions were built again." };
}
