import { useMutation, useQuery } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useId, useState } from "react";
import { api } from "../../api/client";
import type { FeatureBoard, SelectionView } from "../../api/types";
import { HeatMap } from "../../charts/HeatMap";
import { fixedDecimals, percent, plural, score } from "../../lib/format";
import { ErrorNote } from "../ErrorNote";
import { Skeleton } from "../Skeleton";
import { selectionQuery, useChanged } from "./data";
import { Search } from "./Search";

type Report = NonNullable<SelectionView["report"]>;
type Method = Report["methods"][number];

/** Which columns to keep: every method side by side, the common decision, and a way back for each column. */
export function SelectionTab({ project, board }: { project: string; board: FeatureBoard }) {
  const { data: view, error } = useQuery(selectionQuery(project));
  const changed = useChanged(project);
  const path = { project_id: project };
  const [limit, setLimit] = useState(0.95);
  const start = useMutation({
    mutationFn: () =>
      api.post("/api/v1/projects/{project_id}/features/selection", {
        path,
        body: { budget_seconds: 60, information_least: 0.01, correlation: limit },
      }),
    onSuccess: () => changed(),
  });
  const set = useMutation({
    mutationFn: (columns: string[]) =>
      api.put("/api/v1/projects/{project_id}/features/removed", { path, body: { columns } }),
    onSuccess: changed,
  });
  if (error) return <ErrorNote error={error} />;
  if (view === undefined) return <Skeleton label="Loading the selection" />;
  const { report, removed } = view;
  const proposed = (report?.choices ?? []).filter((choice) => !choice.kept).map((choice) => choice.column);
  const open = proposed.filter((name) => !removed.includes(name));
  return (
    <Search
      project={project}
      job={view.job}
      stale={view.is_stale}
      whyNot={board.why_not}
      start={start}
      verb="Compare columns"
      title="Columns that help and columns that do not"
      settings={<Limit value={limit} onChange={setLimit} />}
      about="Four methods judge every column that is not taken out. Nothing is taken out until you say so."
    >
      {report && (
        <>
          {set.error && <ErrorNote error={set.error} />}
          <div className="card flex flex-wrap items-center justify-between gap-3 p-4">
            <p className="font-serif text-17">
              {proposed.length === 0
                ? "Every column earns its place."
                : `${plural(proposed.length, "column")} of ${report.choices.length} could go.`}
            </p>
            {open.length > 0 && (
              <button
                type="button"
                className="btn btn-primary"
                disabled={set.isPending}
                onClick={() => set.mutate([...removed, ...open])}
              >
                Take out {plural(open.length, "column")}
              </button>
            )}
          </div>
          {!report.keeps_test_apart && (
            <p className="text-12 text-ink-2">
              The table is small, so the rows that will score the model took part in this.
            </p>
          )}
          <Methods report={report} removed={removed} onChange={set.mutate} busy={set.isPending} />
          <Gone
            removed={removed.filter((name) => !report.choices.some((c) => c.column === name))}
            onChange={(name) => set.mutate(removed.filter((other) => other !== name))}
            busy={set.isPending}
          />
          {report.methods.map((method) =>
            method.matrix ? (
              <section
                key={method.name}
                className="card min-w-0 overflow-x-auto p-4"
                aria-label="Correlations"
                tabIndex={0}
              >
                <h2 className="text-14 font-semibold">Correlations of number columns</h2>
                <HeatMap
                  caption="Correlations of number columns, nearest to the target first"
                  rows={method.matrix.columns}
                  columns={method.matrix.columns}
                  matrix={method.matrix.matrix}
                />
              </section>
            ) : null,
          )}
        </>
      )}
    </Search>
  );
}

/** Above which correlation one of two columns goes. */
function Limit({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const id = useId();
  return (
    <span className="flex items-center gap-2 text-13">
      <label htmlFor={id}>Correlation limit</label>
      <input
        id={id}
        type="number"
        className="field nums w-20"
        min={0.5}
        max={1}
        step={0.01}
        value={value}
        onChange={(event) => {
          const wanted = event.target.valueAsNumber;
          if (wanted > 0 && wanted <= 1) onChange(wanted);
        }}
      />
    </span>
  );
}

/** Columns that were out already and were not judged. */
function Gone(props: { removed: string[]; onChange: (column: string) => void; busy: boolean }) {
  if (props.removed.length === 0) return null;
  return (
    <section className="card p-4" aria-label="Taken out before">
      <h2 className="text-14 font-semibold">Taken out before</h2>
      <ul className="mt-2 flex flex-wrap gap-3">
        {props.removed.map((name) => (
          <li key={name} className="flex items-center gap-1 text-13">
            {name}
            <button
              type="button"
              className="btn btn-quiet"
              disabled={props.busy}
              aria-label={`Put back ${name}`}
              onClick={() => props.onChange(name)}
            >
              Put back
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface MethodsProps {
  readonly report: Report;
  readonly removed: readonly string[];
  readonly onChange: (columns: string[]) => void;
  readonly busy: boolean;
}

function Methods({ report, removed, onChange, busy }: MethodsProps) {
  return (
    <section className="card min-w-0 overflow-x-auto" aria-label="Methods side by side" tabIndex={0}>
      <table className="nums w-full min-w-[52rem] text-13">
        <caption className="sr-only">What each method says of each column</caption>
        <thead>
          <tr className="border-b border-line-strong/40 text-left align-bottom text-12 text-ink-2">
            <th scope="col" className="px-4 py-2 font-medium">
              Column
            </th>
            {report.methods.map((method) => (
              <th key={method.name} scope="col" className="px-3 py-2 font-medium" title={method.sentence}>
                {method.title}
              </th>
            ))}
            <th scope="col" className="px-3 py-2 font-medium">
              Decision and reason
            </th>
            <th scope="col" className="px-4 py-2 text-right font-medium">
              Change
            </th>
          </tr>
        </thead>
        <tbody>
          {report.choices.map((choice) => {
            const out = removed.includes(choice.column);
            return (
              <tr key={choice.column} className="border-b border-line align-top last:border-0">
                <th scope="row" className="px-4 py-2.5 text-left font-medium break-words">
                  {choice.column}
                </th>
                {report.methods.map((method) => (
                  <td key={method.name} className="px-3 py-2.5">
                    <Says method={method} column={choice.column} />
                  </td>
                ))}
                <td className="px-3 py-2.5">
                  <span className="block font-medium">{choice.kept ? "keep" : "could go"}</span>
                  <span className="block text-12 text-ink-2">{choice.reason}</span>
                </td>
                <td className="px-4 py-2 text-right whitespace-nowrap">
                  <button
                    type="button"
                    className="btn btn-quiet"
                    disabled={busy}
                    aria-label={out ? `Put back ${choice.column}` : `Take out ${choice.column}`}
                    onClick={() =>
                      onChange(
                        out ? removed.filter((name) => name !== choice.column) : [...removed, choice.column],
                      )
                    }
                  >
                    {out ? "Put back" : "Take out"}
                  </button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <dl className="space-y-0.5 border-t border-line px-4 py-3 text-12 text-ink-2">
        {report.methods.map((method) => (
          <div key={method.name}>
            <dt className="inline font-medium">{method.title}: </dt>
            <dd className="inline">{method.sentence}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Says({ method, column }: { method: Method; column: string }) {
  const verdict = method.verdicts.find((item) => item.column === column);
  if (verdict === undefined) return <span className="text-12 text-ink-2">gone before</span>;
  const value = verdict.value;
  const shown =
    typeof value !== "number"
      ? ""
      : method.name === "information"
        ? percent(value)
        : method.name === "elimination"
          ? fixedDecimals(value, 1)
          : score(value);
  return (
    <span className="flex items-center gap-1.5" title={verdict.reason}>
      {verdict.kept ? (
        <Check size={14} role="img" aria-label="keep" className="text-good" />
      ) : (
        <X size={14} role="img" aria-label="drop" className="text-bad" />
      )}
      {shown}
    </span>
  );
}
