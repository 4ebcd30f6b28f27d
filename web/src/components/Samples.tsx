import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import { api } from "../api/client";
import { datasetQuery, jobQuery, projectQuery, samplesQuery } from "../api/queries";
import type { DatasetAccepted } from "../api/types";
import { plural } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { Skeleton } from "./Skeleton";

/** After a file was accepted: the new project opens at once, its import goes on there. */
export function useOpenAccepted(): (accepted: DatasetAccepted) => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  return (accepted) => {
    client.setQueryData(projectQuery(accepted.project.id).queryKey, accepted.project);
    client.setQueryData(datasetQuery(accepted.dataset.id).queryKey, accepted.dataset);
    client.setQueryData(jobQuery(accepted.job.id).queryKey, accepted.job);
    void client.invalidateQueries({ queryKey: ["projects"] });
    void client.invalidateQueries({ queryKey: ["jobs"] });
    void navigate({ to: "/p/$project/load", params: { project: accepted.project.id } });
  };
}

/** Three tables that come with the product, each with the question it answers. */
export function Samples() {
  const { data: samples, error, refetch } = useQuery(samplesQuery);
  const open = useOpenAccepted();
  const start = useMutation({
    mutationFn: (sample: string) => api.post("/api/v1/datasets/samples", { body: { sample } }),
    onSuccess: open,
  });
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (samples === undefined) return <Skeleton label="Loading the samples" />;
  return (
    <div className="space-y-4">
      {start.error && <ErrorNote error={start.error} />}
      <ul className="grid grid-cols-3 gap-4 max-md:grid-cols-1">
        {samples.map((sample) => (
          <li key={sample.name}>
            <button
              type="button"
              disabled={start.isPending}
              className="card group flex h-full w-full flex-col p-4 text-left hover:border-line-strong"
              onClick={() => start.mutate(sample.name)}
            >
              <span className="text-12 text-ink-2">{sample.title}</span>
              <span className="mt-1 mb-3 font-serif text-17 font-semibold">{sample.question}</span>
              <span className="mt-auto flex w-full items-end gap-2 text-12 text-ink-2">
                <span className="min-w-0 break-words">
                  <span className="nums">{plural(sample.n_rows, "row")}</span>
                  {` · predicts ${sample.target}`}
                </span>
                <ArrowRight
                  size={15}
                  aria-hidden
                  className="ml-auto shrink-0 text-ink-3 group-hover:text-ink"
                />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
