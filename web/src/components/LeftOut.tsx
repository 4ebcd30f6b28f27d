import { Download, TriangleAlert, Wrench } from "lucide-react";
import type { ReactNode } from "react";
import type { ImportReport } from "../api/types";
import { count, plural } from "../lib/format";

const SHOWN = 20;

/** What was repaired, what to be careful about, and what was left out, with the place in the file. */
export function LeftOut({ dataset, report }: { dataset: string; report: ImportReport }) {
  const warnings = report.warnings ?? [];
  const repairs = report.repairs ?? [];
  const nBad = report.n_bad_rows ?? 0;
  const nOdd = report.n_odd_cells ?? 0;
  return (
    <>
      {warnings.length > 0 && (
        <Notes
          title={plural(warnings.length, "warning")}
          texts={warnings}
          Icon={TriangleAlert}
          tone="text-warn"
        />
      )}
      {repairs.length > 0 && (
        <Notes title={plural(repairs.length, "repair")} texts={repairs} Icon={Wrench} tone="text-ink-3" />
      )}
      {nBad > 0 && (
        <Listed
          title={`${plural(nBad, "row")} left out`}
          total={nBad}
          action={
            <a className="btn btn-secondary" href={`/api/v1/datasets/${dataset}/bad-rows.csv`} download>
              <Download size={15} aria-hidden />
              {`Download ${nBad === 1 ? "it" : `all ${count(nBad)}`}`}
            </a>
          }
          header={["Line", "Column", "Why", "As it stands in the file"]}
          rows={(report.bad_rows ?? []).map((row) => [
            count(row.line),
            row.column ?? "–",
            row.reason,
            <code key="text" className="block max-w-md truncate font-mono text-12" title={row.text}>
              {row.text || row.value || "empty"}
            </code>,
          ])}
        />
      )}
      {nOdd > 0 && (
        <Listed
          title={`${plural(nOdd, "cell")} read as missing`}
          total={nOdd}
          header={["Line", "Column", "Why", "Value"]}
          rows={(report.odd_cells ?? []).map((cell) => [
            count(cell.line),
            cell.column,
            cell.reason,
            <code key="value" className="font-mono text-12">
              {cell.value}
            </code>,
          ])}
        />
      )}
    </>
  );
}

interface NotesProps {
  readonly title: string;
  readonly texts: readonly string[];
  readonly Icon: typeof Wrench;
  readonly tone: string;
}

function Notes({ title, texts, Icon, tone }: NotesProps) {
  return (
    <section className="card min-w-0" aria-label={title}>
      <h2 className="border-b border-line px-4 py-3 text-14 font-semibold">{title}</h2>
      <ul className="max-h-72 space-y-1.5 overflow-y-auto px-4 py-3 text-13 text-ink-2" tabIndex={0}>
        {texts.map((text) => (
          <li key={text} className="flex gap-2">
            <Icon size={15} aria-hidden className={`mt-0.5 shrink-0 ${tone}`} />
            <span className="min-w-0 break-words">{text}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ListedProps {
  readonly title: string;
  readonly total: number;
  readonly action?: ReactNode;
  readonly header: readonly string[];
  readonly rows: readonly (readonly ReactNode[])[];
}

function Listed({ title, total, action, header, rows }: ListedProps) {
  const shown = rows.slice(0, SHOWN);
  return (
    <section className="card min-w-0" aria-label={title}>
      <header className="flex min-h-12 flex-wrap items-center justify-between gap-x-3 gap-y-1 border-b border-line px-4 py-2">
        <div className="flex items-baseline gap-2">
          <h2 className="text-14 font-semibold">{title}</h2>
          {shown.length < total && (
            <p className="nums text-12 text-ink-2">{`the first ${count(shown.length)} are shown`}</p>
          )}
        </div>
        {action}
      </header>
      <div className="max-h-80 overflow-auto" tabIndex={0} role="group" aria-label={`${title}, scrollable`}>
        <table className="nums w-full text-13">
          <thead>
            <tr className="text-left text-12 text-ink-2">
              {header.map((text, j) => (
                <th
                  key={text}
                  scope="col"
                  className={`sticky top-0 border-b border-line-strong/40 bg-surface px-4 py-2 font-medium whitespace-nowrap ${j === 0 ? "w-20 text-right" : ""}`}
                >
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((cells, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list of a version never changes
              <tr key={i} className="border-b border-line align-top last:border-0">
                {cells.map((cell, j) => (
                  <td key={header[j]} className={`px-4 py-2 ${j === 0 ? "text-right" : ""}`}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
