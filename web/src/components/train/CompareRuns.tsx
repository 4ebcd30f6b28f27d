import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { hasEnded, useJob } from "../../api/live";
import { problemFromJob } from "../../api/problem";
import { comparisonQuery } from "../../api/training";
import { DASH, dateTime, score } from "../../lib/format";
import { ErrorNote } from "../ErrorNote";
import { Skeleton } from "../Skeleton";

/** Runs side by side: what was set differently, and which is better on the same rows. Sentences are the server's. */
export function CompareRuns({ job: id, onClose }: { job: string; onClose: () => void }) {
  const client = useQueryClient();
  const { data: job } = useJob(id);
  const ended = job !== undefined && hasEnded(job);
  useEffect(() => {
    if (ended) void client.invalidateQueries({ queryKey: comparisonQuery(id).queryKey });
  }, [client, ended, id]);
  const { data: told, error } = useQuery(comparisonQuery(id));
  if (error) return <ErrorNote error={error} />;
  if (job?.state === "failed")
    return <ErrorNote error={problemFromJob(job.error, "The runs could not be compared")} />;
  if (job?.state === "canceled")
    return (
      <p role="status" className="text-13">
        The comparison was stopped. Compare the runs again to see it.
      </p>
    );
  if (told === undefined || told.job.state !== "completed") return <Skeleton label="Comparing the runs" />;
  const rows: [string, (string | null)[]][] = [
    ["Best", told.experiments.map((run) => run.result?.best_title ?? null)],
    [
      "Score on its own test",
      told.experiments.map((run) =>
        run.result
          ? `${run.result.metric_title} ${score(run.result.score)} (${score(run.result.interval[0])} to ${score(run.result.interval[1])})`
          : null,
      ),
    ],
    [
      "Against the first, same rows",
      ["The others are compared with this one.", ...told.differences.map((each) => each.sentence)],
    ],
    ...told.settings.map(({ name, values }): [string, string[]] => [name, values]),
  ];
  return (
    <section className="card min-w-0 p-4" aria-label="Comparison of runs">
      <div className="flex items-start justify-between gap-3">
        <h2 className="font-serif text-17 font-semibold">Side by side</h2>
        <button type="button" className="btn btn-quiet" onClick={onClose}>
          Close
        </button>
      </div>
      <div className="mt-2 overflow-x-auto" role="region" aria-label="Runs side by side" tabIndex={0}>
        <table className="nums w-full min-w-[36rem] text-13 max-sm:min-w-0 max-sm:text-12">
          <caption className="sr-only">Runs side by side</caption>
          <thead>
            <tr className="border-b border-line-strong/40 text-left text-12 text-ink-2">
              <td className="w-[11rem] py-2 pr-3 max-sm:sticky max-sm:left-0 max-sm:w-[5rem] max-sm:bg-surface" />
              {told.experiments.map((run) => (
                <th
                  key={run.id}
                  scope="col"
                  className="px-3 py-2 font-medium max-sm:min-w-[6rem] max-sm:px-2"
                >
                  {`${run.project_name}, ${dateTime(run.created_at)}`}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, values]) => (
              <tr key={name} className="border-b border-line align-top last:border-0">
                <th
                  scope="row"
                  className="py-2 pr-3 text-left font-medium max-sm:sticky max-sm:left-0 max-sm:bg-surface"
                >
                  {name}
                </th>
                {values.map((value, i) => (
                  <td key={told.experiments[i]?.id ?? i} className="px-3 py-2 max-sm:px-2">
                    {value ?? DASH}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {told.settings.length === 0 && <p className="mt-2 text-13 text-ink-2">All settings are the same.</p>}
    </section>
  );
}
