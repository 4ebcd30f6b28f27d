import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/client";
import { hasEnded, useJob } from "../../api/live";
import type { RecipePreview } from "../../api/preparing";
import { problemFromJob } from "../../api/problem";
import { jobQuery } from "../../api/queries";
import type { Job } from "../../api/types";
import { ErrorNote } from "../ErrorNote";
import { JobProgress } from "../JobProgress";

/** The only save: carries the steps out on all rows as a new version, after a second press where much would go. */
export function useApply(project: string, preview: RecipePreview | undefined) {
  const client = useQueryClient();
  const [jobId, setJobId] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const start = useMutation({
    mutationFn: (allow: boolean) =>
      api.post("/api/v1/projects/{project_id}/recipe/apply", {
        path: { project_id: project },
        body: { allow_data_loss: allow, note: "" },
      }),
    onSuccess: ({ job }) => {
      client.setQueryData(jobQuery(job.id).queryKey, job);
      setAsked(false);
      setJobId(job.id);
    },
  });
  const { data: job } = useJob(jobId, () => {
    for (const key of ["project", "recipe", "versions", "lineage", "datasets"])
      void client.invalidateQueries({ queryKey: [key] });
  });
  const risky = preview?.loss.needs_confirmation ?? false;
  return {
    job,
    running: job !== undefined && !hasEnded(job),
    asked: asked || lossOf(job),
    error: start.error,
    pending: start.isPending,
    press: () => (risky ? setAsked(true) : start.mutate(false)),
    confirm: () => start.mutate(true),
    cancel: () => {
      setAsked(false);
      setJobId(null);
    },
  };
}

const lossOf = (job: Job | undefined) =>
  job?.state === "failed" && problemFromJob(job.error).body.code === "data_loss_unconfirmed";

type Applying = ReturnType<typeof useApply>;

/** What became of pressing Apply. */
export function ApplyNote({ apply, preview }: { apply: Applying; preview: RecipePreview | undefined }) {
  const { job, asked } = apply;
  if (asked) {
    return (
      <div role="alert" className="card border-bad/50 bg-bad-soft p-4">
        <p className="font-serif text-16 font-semibold text-bad">
          {lossOf(job) && job ? problemFromJob(job.error).body.detail : preview?.loss.sentence}
        </p>
        <p className="mt-1 text-13">
          The loaded table stays as it is, and the version can be left again. The decision is noted in the
          lineage.
        </p>
        <div className="mt-3 flex gap-2">
          <button
            type="button"
            className="btn btn-secondary"
            disabled={apply.pending}
            onClick={apply.confirm}
          >
            Apply all the same
          </button>
          <button type="button" className="btn btn-quiet" onClick={apply.cancel}>
            Change the steps
          </button>
        </div>
      </div>
    );
  }
  if (apply.error) return <ErrorNote error={apply.error} />;
  if (job === undefined) return null;
  if (job.state !== "completed") return <JobProgress job={job} title="Applying the steps" />;
  const { sentence } = (job.result ?? {}) as { sentence?: string };
  return (
    <p role="status" className="card border-good/40 bg-good-soft px-4 py-3 text-14">
      {sentence ?? "The new version was made."}
    </p>
  );
}
