import { useMutation, useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { api } from "../../api/client";
import type { FeatureBoard, IdeasView } from "../../api/types";
import { Interval, IntervalAxis, sharedDomain, tickFormat } from "../../charts/Interval";
import { change, count, duration, plural } from "../../lib/format";
import { useWidth } from "../../lib/useWidth";
import { ErrorNote } from "../ErrorNote";
import { Skeleton } from "../Skeleton";
import { ideasQuery, useChanged } from "./data";
import { Search } from "./Search";

type Report = NonNullable<IdeasView["report"]>;
type Idea = Report["ideas"][number];
const WORDS = { helps: "Helps", may_help: "May help", rejected: "Rejected", not_measured: "Not measured" };

/** New columns with the gain each brings, measured on rows that neither chose nor learned it. */
export function IdeasTab({ project, board }: { project: string; board: FeatureBoard }) {
  const { data: view, error } = useQuery(ideasQuery(project));
  const changed = useChanged(project);
  const path = { project_id: project };
  const start = useMutation({
    mutationFn: () =>
      api.post("/api/v1/projects/{project_id}/features/ideas", { path, body: { budget_seconds: 30 } }),
    onSuccess: () => changed(),
  });
  const accept = useMutation({
    mutationFn: (idea: string) =>
      api.post("/api/v1/projects/{project_id}/features/ideas/{idea_id}/accept", {
        path: { ...path, idea_id: idea },
      }),
    onSuccess: changed,
  });
  if (error) return <ErrorNote error={error} />;
  if (view === undefined) return <Skeleton label="Loading ideas" />;
  const { report } = view;
  return (
    <Search
      project={project}
      job={view.job}
      stale={view.is_stale}
      whyNot={board.why_not}
      start={start}
      verb="Look for ideas"
      title="Ideas for new columns"
      about="Products, ratios, parts of dates, distances from what is usual and more are tried. Each is chosen on one part of the rows and measured on another, so the gain is no luck of the choice."
    >
      {report && (
        <>
          {accept.error && <ErrorNote error={accept.error} />}
          <IdeaList
            report={report}
            accepted={view.accepted}
            onAccept={accept.mutate}
            busy={accept.isPending}
          />
          {report.notes.map((note) => (
            <p key={note} className="text-12 text-ink-2">
              {note}
            </p>
          ))}
          <Rejected report={report} />
        </>
      )}
    </Search>
  );
}

interface IdeaListProps {
  readonly report: Report;
  readonly accepted: readonly string[];
  readonly onAccept: (idea: string) => void;
  readonly busy: boolean;
}

function IdeaList({ report, accepted, onAccept, busy }: IdeaListProps) {
  const [ref, plotWidth] = useWidth<HTMLTableCellElement>(260);
  if (report.ideas.length === 0) {
    return (
      <p className="card p-4 text-14">
        None of {plural(report.tried, "idea")} helped on rows it had not seen. The columns as they are say as
        much.
      </p>
    );
  }
  const known = report.ideas.flatMap((idea) =>
    idea.low != null && idea.high != null ? [{ low: idea.low, high: idea.high }] : [],
  );
  const domain = sharedDomain([...known, { low: 0, high: 0 }]);
  const width = Math.max(80, plotWidth - 24);
  return (
    <section className="card min-w-0 overflow-x-auto" aria-label="Ideas worth a look" tabIndex={0}>
      <table className="nums w-full min-w-[46rem] table-fixed text-13">
        <caption className="sr-only">
          Ideas, best first, with the gain in {report.metric_title} and its 95% interval
        </caption>
        <thead>
          <tr className="border-b border-line-strong/40 text-left align-bottom text-12 text-ink-2">
            <th scope="col" className="w-[40%] px-4 py-2 font-medium">
              Idea
            </th>
            <th scope="col" ref={ref} className="px-3 pt-2 pb-1.5 font-medium">
              Gain in {report.metric_title}, 95% interval
              <IntervalAxis domain={domain} width={width} format={tickFormat(domain)} />
            </th>
            <th scope="col" className="w-[5rem] px-3 py-2 text-right font-medium">
              Gain
            </th>
            <th scope="col" className="w-[8rem] px-4 py-2 text-right font-medium">
              Decision
            </th>
          </tr>
        </thead>
        <tbody>
          {report.ideas.map((idea) => (
            <tr key={idea.id} className="border-b border-line last:border-0">
              <th scope="row" className="px-4 py-2.5 text-left font-normal">
                <span className="block font-semibold break-words">{idea.formula}</span>
                <span className="block text-12 text-ink-2">{idea.sentence}</span>
                <span className="block text-12 text-ink-2">
                  {WORDS[idea.state]}. {idea.reason}
                </span>
              </th>
              <td className="px-3">
                <Interval
                  value={idea.gain ?? null}
                  low={idea.low ?? null}
                  high={idea.high ?? null}
                  domain={domain}
                  width={width}
                  baseline={0}
                  tone={idea.state === "helps" ? "leader" : "plain"}
                />
                <span className="sr-only">{range(idea)}</span>
              </td>
              <td className="px-3 text-right text-14 font-semibold">{gain(idea.gain)}</td>
              <td className="px-4 text-right">
                {accepted.includes(idea.id) ? (
                  <span className="inline-flex items-center gap-1 text-12 text-good">
                    <Check size={14} aria-hidden /> among your steps
                  </span>
                ) : (
                  <button
                    type="button"
                    className="btn btn-secondary"
                    disabled={busy}
                    aria-label={`Accept ${idea.formula}`}
                    onClick={() => onAccept(idea.id)}
                  >
                    Accept
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="border-t border-line px-4 py-2.5 text-12 text-ink-2">
        {plural(report.tried, "idea")} looked at in {duration(report.seconds)}, measured in{" "}
        {plural(report.folds, "part")}
        {" of "}
        {count(report.rows_used)} rows.
      </p>
    </section>
  );
}

function Rejected({ report }: { report: Report }) {
  if (report.rejected.length === 0) return null;
  return (
    <details className="card p-4">
      <summary className="cursor-pointer text-14 font-semibold">
        {plural(report.rejected.length, "rejected idea")}
      </summary>
      <ul className="mt-3 space-y-1.5">
        {report.rejected.map((idea) => (
          <li key={idea.id} className="text-13">
            <span className="font-medium">{idea.formula}.</span>{" "}
            <span className="text-ink-2">{idea.reason}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

const gain = (value: number | null | undefined) => (typeof value === "number" ? change(value) : "–");

function range(idea: Idea): string {
  return idea.low == null || idea.high == null
    ? "not measured"
    : `from ${gain(idea.low)} to ${gain(idea.high)}`;
}
