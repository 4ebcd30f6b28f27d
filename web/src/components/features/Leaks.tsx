import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleHelp, ShieldAlert } from "lucide-react";
import { api } from "../../api/client";
import type { FeatureBoard, LeaksView } from "../../api/types";
import { change, plural, score } from "../../lib/format";
import { ErrorNote } from "../ErrorNote";
import { Skeleton } from "../Skeleton";
import { leaksQuery, useChanged } from "./data";
import { Search } from "./Search";

type Report = NonNullable<LeaksView["report"]>;
type Suspect = Report["suspects"][number];

const VERDICTS = {
  proven: { word: "Proven", Icon: ShieldAlert, colour: "text-bad" },
  unsure: { word: "Unsure", Icon: CircleHelp, colour: "text-warn" },
  cleared: { word: "Cleared", Icon: CircleCheck, colour: "text-good" },
} as const;

/** What would flatter the score, each suspect with its proofs: the score with and without it. */
export function LeaksTab({ project, board }: { project: string; board: FeatureBoard }) {
  const { data: view, error } = useQuery(leaksQuery(project));
  const changed = useChanged(project);
  const path = { project_id: project };
  const start = useMutation({
    mutationFn: () =>
      api.post("/api/v1/projects/{project_id}/features/leaks", { path, body: { budget_seconds: 120 } }),
    onSuccess: () => changed(),
  });
  const remove = useMutation({
    mutationFn: (columns: readonly string[]) =>
      api.put("/api/v1/projects/{project_id}/features/removed", {
        path,
        body: { columns: [...new Set([...board.removed, ...columns])] },
      }),
    onSuccess: changed,
  });
  if (error) return <ErrorNote error={error} />;
  if (view === undefined) return <Skeleton label="Loading the search for leaks" />;
  const { report } = view;
  return (
    <Search
      project={project}
      job={view.job}
      stale={view.is_stale}
      whyNot={board.why_not}
      start={start}
      verb="Look for leaks"
      title="What would flatter the score"
      about="A column or a split that holds the answer gives a score that will not come true. Each suspect is proven or cleared by learning the same model with and without it."
    >
      {report && (
        <>
          {remove.error && <ErrorNote error={remove.error} />}
          {report.suspects.length === 0 && (
            <p className="card p-4 font-serif text-17">Nothing looks as if it held the answer.</p>
          )}
          <ul className="flex flex-col gap-3">
            {report.suspects.map((suspect) => (
              <li key={`${suspect.kind} ${suspect.columns.join()}`}>
                <SuspectCard
                  suspect={suspect}
                  metric={report.metric_title}
                  removed={board.removed}
                  onRemove={remove.mutate}
                  busy={remove.isPending}
                />
              </li>
            ))}
          </ul>
          <p className="text-12 text-ink-2">
            Looked for {report.looked_for.join(", ")}.
            {(report.not_finished ?? []).length > 0 &&
              ` No time was left for ${plural(report.not_finished?.length ?? 0, "kind")}: ${report.not_finished?.join(", ")}.`}
          </p>
        </>
      )}
    </Search>
  );
}

interface SuspectCardProps {
  readonly suspect: Suspect;
  readonly metric: string;
  readonly removed: readonly string[];
  readonly onRemove: (columns: readonly string[]) => void;
  readonly busy: boolean;
}

function SuspectCard({ suspect, metric, removed, onRemove, busy }: SuspectCardProps) {
  const { word, Icon, colour } = VERDICTS[suspect.verdict];
  const droppable = (suspect.steps ?? []).some((step) => step["type"] === "drop_columns");
  const gone = suspect.columns.length > 0 && suspect.columns.every((name) => removed.includes(name));
  return (
    <article className="card p-4" aria-label={suspect.headline}>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <p className={`flex items-center gap-1.5 text-12 font-semibold ${colour}`}>
            <Icon size={15} aria-hidden />
            {word}
          </p>
          <h2 className="mt-1 font-serif text-17 font-semibold break-words">{suspect.headline}</h2>
          <p className="mt-1 text-13 text-ink-2">{suspect.reason}</p>
        </div>
        {droppable && suspect.verdict !== "cleared" && (
          <button
            type="button"
            className="btn btn-secondary"
            disabled={busy || gone}
            onClick={() => onRemove(suspect.columns)}
          >
            {gone ? "Taken out" : `Take out ${suspect.columns.join(" and ")}`}
          </button>
        )}
      </div>
      {suspect.proofs.length > 0 && (
        <div className="mt-3 overflow-x-auto">
          <table className="nums w-full text-13">
            <caption className="sr-only">Proofs: {suspect.headline}</caption>
            <thead>
              <tr className="border-b border-line text-left text-12 text-ink-2">
                <th scope="col" className="py-1.5 pr-3 font-medium">
                  Compared
                </th>
                <th scope="col" className="px-3 py-1.5 text-right font-medium">
                  {metric} with
                </th>
                <th scope="col" className="px-3 py-1.5 text-right font-medium">
                  without
                </th>
                <th scope="col" className="py-1.5 pl-3 text-right font-medium">
                  Flattered by, 99% interval
                </th>
              </tr>
            </thead>
            <tbody>
              {suspect.proofs.map((proof) => (
                <tr key={proof.name}>
                  <th scope="row" className="py-1.5 pr-3 text-left font-normal">
                    {proof.sentence}
                  </th>
                  <td className="px-3 py-1.5 text-right font-semibold">{score(proof.score_with)}</td>
                  <td className="px-3 py-1.5 text-right font-semibold">{score(proof.score_without)}</td>
                  <td className="py-1.5 pl-3 text-right">
                    {change(proof.gain)} ({change(proof.low)} to {change(proof.high)})
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="mt-3 text-13">{suspect.verdict_sentence}</p>
      {suspect.verdict !== "cleared" && <p className="mt-1 text-13 text-ink-2">{suspect.advice}</p>}
    </article>
  );
}
