import { Download } from "lucide-react";
import type { components } from "../../api/schema";
import { DASH, number, score } from "../../lib/format";

type Twin = components["schemas"]["TwinReport"];

/** The small model beside the full one: scores on the same rows, what both cost, and its file. Words are the server's. */
export function TwinNote({ experiment, twin }: { experiment: string; twin: Twin }) {
  const rows: readonly [string, string, string][] = [
    ["Score, same rows", score(twin.score), score(twin.full_score)],
    ["ms per row", cost(twin.ms_per_row), cost(twin.full_ms_per_row)],
    ["MB", cost(twin.megabytes), cost(twin.full_megabytes)],
  ];
  return (
    <section className="card p-4" aria-label="Small twin">
      <h2 className="font-serif text-17 font-semibold">A small, quick twin</h2>
      <p className="mt-0.5 text-13 text-ink-2">{twin.sentence}</p>
      {typeof twin.score === "number" && (
        <>
          <table className="nums mt-3 w-full max-w-md text-13">
            <caption className="sr-only">The twin beside the full model</caption>
            <thead>
              <tr className="border-b border-line text-12 text-ink-2">
                <td />
                <th scope="col" className="py-1.5 text-right font-medium">
                  Twin
                </th>
                <th scope="col" className="py-1.5 text-right font-medium">
                  Full model
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(([name, own, full]) => (
                <tr key={name} className="border-b border-line last:border-0">
                  <th scope="row" className="py-1.5 text-left font-normal">
                    {name}
                  </th>
                  <td className="text-right font-semibold">{own}</td>
                  <td className="text-right">{full}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <a className="btn btn-secondary mt-3" href={`/api/v1/experiments/${experiment}/twin`} download>
            <Download size={16} aria-hidden />
            Model file of the twin
          </a>
        </>
      )}
    </section>
  );
}

function cost(value: number | null | undefined): string {
  return typeof value === "number" ? number(Number(value.toPrecision(2))) : DASH;
}
