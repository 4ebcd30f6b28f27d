import { useState } from "react";
import { count } from "../../lib/format";
import { SentenceText } from "../Story";
import { Buttons, Found, Labelled, Progress } from "./Parts";
import { type Unusual, useExploration } from "./useExploration";

const RATES = [
  { value: 0.001, text: "0.1%" },
  { value: 0.01, text: "1%" },
  { value: 0.05, text: "5%" },
] as const;

/** Rows that are unlike all others, with the cells that make them so. */
export function UnusualTab({ dataset, version }: { dataset: string; version: string }) {
  const state = useExploration(dataset, version, "unusual");
  const [rate, setRate] = useState(0.01);
  const found = state.data?.unusual;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end gap-3">
        <Labelled name="Share of a clean table that is listed">
          <select
            className="field mt-1"
            value={rate}
            onChange={(event) => setRate(Number(event.currentTarget.value))}
          >
            {RATES.map(({ value, text }) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </Labelled>
        <Buttons
          state={state}
          start={found ? "Look for unusual rows again" : "Look for unusual rows"}
          onStart={() => state.start.mutate({ kind: "unusual", alarm_rate: rate })}
          add={found && found.n_unusual > 0 ? "Add a column that marks them" : null}
        />
      </div>
      <Progress state={state} title="Looking for unusual rows" />
      {found && (
        <Found state={state} story={found.story} warnings={found.warnings} leftOut={found.left_out}>
          <RowList found={found} />
        </Found>
      )}
    </div>
  );
}

function RowList({ found }: { found: Unusual }) {
  return (
    <section className="card min-w-0" aria-label="Unusual rows">
      {found.rows.length < found.n_unusual && (
        <p className="px-4 pt-3 text-13 text-ink-2">
          {`Shown are the ${count(found.rows.length)} most unusual of ${count(found.n_unusual)} rows listed.`}
        </p>
      )}
      <ol className="divide-y divide-line">
        {found.rows.map((row) => (
          <li
            key={row.row}
            className="grid grid-cols-[7rem_minmax(0,1fr)] gap-3 px-4 py-3 max-sm:grid-cols-1"
          >
            <h3 className="nums text-13 font-semibold">
              {row.line == null ? `Row ${count(row.row + 1)}` : `Line ${count(row.line)}`}
            </h3>
            <ul className="space-y-1 text-14">
              {row.reasons.map(
                (reason) =>
                  reason.sentence && (
                    <li key={reason.column}>
                      <SentenceText sentence={reason.sentence} facts={found.facts} />
                    </li>
                  ),
              )}
              {!row.reasons.some((reason) => reason.sentence) && (
                <li>Its cells are unusual only together.</li>
              )}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}
