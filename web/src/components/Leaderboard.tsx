import { CircleCheck, CircleSlash, CircleX, Clock, Star } from "lucide-react";
import type { CandidateReport } from "../api/types";
import { Interval, IntervalAxis, sharedDomain, tickFormat } from "../charts/Interval";
import { DASH, duration, number, percent, score } from "../lib/format";
import { useWidth } from "../lib/useWidth";
import { ProgressBar } from "./Progress";

interface LeaderboardProps {
  readonly candidates: readonly CandidateReport[];
  readonly metricTitle: string;
  readonly higherIsBetter: boolean;
  readonly best: string | null;
  /** What the axis means, in words of the server. */
  readonly axis: string;
}

/** What is tried, as it stands: score with interval on one axis, times, and how far each is. */
export function Leaderboard({ candidates, metricTitle, higherIsBetter, best, axis }: LeaderboardProps) {
  const [ref, plotWidth] = useWidth<HTMLTableCellElement>(420);
  const ranked = rank(candidates, higherIsBetter);
  const domain = sharedDomain(
    ranked.flatMap((c) => (c.interval ? [{ low: c.interval[0], high: c.interval[1] }] : [])),
  );
  const width = Math.max(80, plotWidth - 24);
  const anyInterval = ranked.some((c) => c.interval);
  return (
    <section className="card min-w-0 overflow-x-auto" aria-label="Leaderboard">
      <table className="nums w-full min-w-[48rem] table-fixed text-13">
        <caption className="sr-only">Candidates, best first. {axis}</caption>
        <thead>
          <tr className="border-b border-line-strong/40 align-bottom text-12 font-medium text-ink-2">
            <th scope="col" className="w-[27%] px-4 py-2 text-left font-medium">
              Candidate
            </th>
            <th scope="col" ref={ref} className="px-3 pt-2.5 pb-1.5 text-left font-medium">
              {axis}
              {anyInterval && <IntervalAxis domain={domain} width={width} format={tickFormat(domain)} />}
            </th>
            <th scope="col" className="w-[5.5rem] px-3 py-2 text-right font-medium">
              {metricTitle}
            </th>
            <th scope="col" className="w-[4.5rem] px-2 py-2 text-right font-medium">
              Time
            </th>
            <th scope="col" className="w-[4.75rem] px-2 py-2 text-right font-medium">
              Predict, ms/row
            </th>
            <th scope="col" className="w-[11.5rem] px-4 py-2 text-left font-medium">
              Status
            </th>
          </tr>
        </thead>
        <tbody>
          {ranked.map((candidate) => (
            <tr key={candidate.name} className="h-[50px] border-b border-line last:border-0">
              <th scope="row" className="px-4 py-1.5 text-left font-normal">
                <span className="flex items-center gap-1.5 font-semibold">
                  {candidate.title}
                  {candidate.name === best && (
                    <Star
                      size={14}
                      role="img"
                      aria-label="leads"
                      fill="currentColor"
                      className="text-[var(--series-2)]"
                    />
                  )}
                </span>
                <span className="block text-12 text-pretty text-ink-2" title={candidate.sentence}>
                  {share(candidate.weight) ?? whatItDoes(candidate.sentence)}
                </span>
              </th>
              <td className="px-3">
                <Interval
                  value={candidate.score ?? null}
                  low={candidate.interval?.[0] ?? null}
                  high={candidate.interval?.[1] ?? null}
                  domain={domain}
                  width={width}
                  tone={
                    candidate.name === best ? "leader" : candidate.state === "finished" ? "plain" : "muted"
                  }
                />
                {candidate.interval && (
                  <span className="sr-only">
                    {`95% interval ${score(candidate.interval[0])} to ${score(candidate.interval[1])}`}
                  </span>
                )}
              </td>
              <td className="px-3 text-right text-14 font-semibold">{score(candidate.score)}</td>
              <td className="px-2 text-right whitespace-nowrap">
                {(candidate.seconds ?? 0) > 0 ? duration(candidate.seconds) : DASH}
              </td>
              <td className="px-2 text-right">{speed(candidate.predict_ms_per_row)}</td>
              <td className="px-4 py-1.5">
                <CandidateStatus candidate={candidate} leads={candidate.name === best} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CandidateStatus({ candidate, leads }: { candidate: CandidateReport; leads: boolean }) {
  const { state, folds_done = 0, folds = 0, reason } = candidate;
  if (state === "running") {
    return (
      <div className="flex items-center gap-2">
        <div className="w-20 shrink-0">
          <ProgressBar
            share={folds > 0 ? folds_done / folds : null}
            label={`${candidate.title}: ${folds_done} of ${folds} folds`}
          />
        </div>
        <span className="text-12 whitespace-nowrap text-ink-2">
          {folds > 0 ? `fold ${Math.min(folds_done + 1, folds)} of ${folds}` : "running"}
        </span>
      </div>
    );
  }
  if (state === "finished") {
    return (
      <Word
        Icon={CircleCheck}
        colour="text-good"
        text={!leads && candidate.ties_with_best ? "as good as the leader" : "finished"}
      />
    );
  }
  if (state === "failed") return <Word Icon={CircleX} colour="text-bad" text={reason ?? "failed"} />;
  if (state === "skipped") return <Word Icon={CircleSlash} colour="text-ink-3" text={reason ?? "skipped"} />;
  return (
    <Word
      Icon={Clock}
      colour="text-ink-3"
      text={folds_done > 0 ? `${folds_done} of ${folds} folds done` : "waiting"}
    />
  );
}

function Word({ Icon, colour, text }: { Icon: typeof Clock; colour: string; text: string }) {
  return (
    <span className="flex items-start gap-1.5 text-12">
      <Icon size={14} aria-hidden className={`mt-0.5 shrink-0 ${colour}`} />
      <span className="min-w-0 text-pretty break-words">{text}</span>
    </span>
  );
}

/** What a candidate does: the part of its sentence before what it is good for, which the form tells. */
function whatItDoes(sentence: string): string {
  const [does = sentence] = sentence.split(";");
  return does.endsWith(".") ? does : `${does}.`;
}

/** What part of the delivered model a candidate is; null for none. */
function share(weight: number | undefined): string | null {
  if (weight === undefined || weight <= 0) return null;
  return weight >= 1 ? "This is the delivered model." : `${percent(weight)} of the delivered model`;
}

/** Two digits tell candidates apart; below a hundredth of a millisecond nobody waits, so the digits say nothing. */
function speed(ms: number | null | undefined): string {
  if (typeof ms !== "number") return DASH;
  return ms < 0.01 ? "<0.01" : number(Number(ms.toPrecision(2)));
}

const STATE_ORDER = ["finished", "running", "waiting", "skipped", "failed"] as const;

/** Best score first; then what runs, waits, was skipped and failed, in the order of the server. */
export function rank(candidates: readonly CandidateReport[], higherIsBetter: boolean): CandidateReport[] {
  const scored = (c: CandidateReport) => (typeof c.score === "number" ? c.score : null);
  return [...candidates].sort((a, b) => {
    const [x, y] = [scored(a), scored(b)];
    if (x !== null && y !== null) return higherIsBetter ? y - x : x - y;
    if (x !== null) return -1;
    if (y !== null) return 1;
    return STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state);
  });
}
