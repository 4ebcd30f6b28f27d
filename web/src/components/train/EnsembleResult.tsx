import { CircleCheck, CircleSlash } from "lucide-react";
import type { ReactNode } from "react";
import type { EnsembleComparison } from "../../api/training";
import { number, percent, score } from "../../lib/format";

/** What the comparison said: kept or not, by how much, and what it costs. All words are the server's. */
export function EnsembleResult({ told, children }: { told: EnsembleComparison; children?: ReactNode }) {
  const Icon = told.kept ? CircleCheck : CircleSlash;
  return (
    <section className="mt-4 border-t border-line pt-3" aria-label="Result of combining" aria-live="polite">
      <h3 className="flex items-start gap-2 text-14 font-semibold">
        <Icon size={16} aria-hidden className={`mt-0.5 shrink-0 ${told.kept ? "text-good" : "text-ink-3"}`} />
        {told.headline}
      </h3>
      <p className="nums mt-1 text-13">{told.reason}</p>
      <p className="nums mt-1 text-13 text-ink-2">{told.cost}</p>
      <div
        className="mt-3 overflow-x-auto"
        role="region"
        aria-label="Members beside the combination"
        tabIndex={0}
      >
        <table className="nums w-full min-w-[24rem] text-13">
          <caption className="sr-only">Members beside the combination</caption>
          <thead>
            <tr className="border-b border-line text-left text-12 text-ink-2">
              <th scope="col" className="py-1.5 pr-3 font-medium">
                Model
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-medium">
                Share
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-medium">
                {told.metric_title}
              </th>
              <th scope="col" className="px-3 py-1.5 text-right font-medium">
                ms/row
              </th>
              <th scope="col" className="py-1.5 pl-3 text-right font-medium">
                MB
              </th>
            </tr>
          </thead>
          <tbody>
            <tr className="border-b border-line font-semibold">
              <th scope="row" className="py-1.5 pr-3 text-left font-semibold">
                {told.title}
              </th>
              <td className="px-3 text-right">100%</td>
              <td className="px-3 text-right">{score(told.score)}</td>
              <td className="px-3 text-right">{small(told.ms_per_row)}</td>
              <td className="pl-3 text-right">{small(told.megabytes)}</td>
            </tr>
            {told.members.map((member) => (
              <tr key={member.name} className="border-b border-line last:border-0">
                <th scope="row" className="py-1.5 pr-3 text-left font-normal">
                  {member.title}
                </th>
                <td className="px-3 text-right">{percent(member.share)}</td>
                <td className="px-3 text-right">{score(member.score)}</td>
                <td className="px-3 text-right">{small(member.ms_per_row)}</td>
                <td className="pl-3 text-right">{small(member.megabytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {children}
    </section>
  );
}

function small(value: number | null | undefined): string {
  if (typeof value !== "number") return "–";
  return value < 0.01 ? "<0.01" : number(Number(value.toPrecision(2)));
}
