import { useState } from "react";
import type { ColumnChange } from "../../api/preparing";
import { Axes, MARGIN } from "../../charts/Axes";
import { ChartCard } from "../../charts/ChartCard";
import { extent, linear, nice, ticks } from "../../charts/scale";
import { brief, count, number } from "../../lib/format";
import { useWidth } from "../../lib/useWidth";

interface BeforeAfterProps {
  readonly columns: readonly ColumnChange[];
  readonly leftOut: number;
}

/** How the values of a column are distributed before and after. */
export function BeforeAfter({ columns, leftOut }: BeforeAfterProps) {
  const [name, setName] = useState("");
  const shown = columns.find((one) => one.column === name) ?? columns[0];
  if (shown === undefined) return null;
  return (
    <div className="min-w-0 space-y-2">
      {columns.length > 1 && (
        <label className="flex items-center gap-2 text-13">
          Column
          <select
            className="field w-auto"
            value={shown.column}
            onChange={(event) => setName(event.target.value)}
          >
            {columns.map((one) => (
              <option key={one.column} value={one.column}>
                {`${one.column} (${{ added: "new", removed: "gone", changed: "changed" }[one.change]})`}
              </option>
            ))}
          </select>
          {leftOut > 0 && (
            <span className="text-12 text-ink-2">{`${count(leftOut)} more are not shown`}</span>
          )}
        </label>
      )}
      <ChartCard
        title={`${shown.column} before and after`}
        headline={shown.sentence}
        sentence={legend(shown)}
        name={`${shown.column}-before-after`}
        table={tableOf(shown)}
      >
        {shown.edges ? <Bins change={shown} edges={shown.edges} /> : <Values change={shown} />}
      </ChartCard>
    </div>
  );
}

function legend({ before, after }: ColumnChange) {
  return (
    <span className="flex flex-wrap gap-x-4">
      {before && (
        <span className="flex items-center gap-1.5">
          <span aria-hidden className="size-3 rounded-[2px] border border-accent bg-accent-soft" />
          {`before: ${count(before.n - before.missing)} values, ${count(before.missing)} empty`}
        </span>
      )}
      {after && (
        <span className="flex items-center gap-1.5">
          <span aria-hidden className="size-3 rounded-[2px] bg-(--series-2)" />
          {`after: ${count(after.n - after.missing)} values, ${count(after.missing)} empty`}
        </span>
      )}
    </span>
  );
}

type Side = ColumnChange["before"];

function namesOf(before: Side, after: Side): string[] {
  const all = [...(before?.values ?? []), ...(after?.values ?? [])].map((one) => String(one.value));
  return [...new Set(all)].slice(0, 12);
}

const timesOf = (side: Side, name: string) =>
  side?.values?.find((one) => String(one.value) === name)?.count ?? 0;

function tableOf({ column, edges, before, after }: ColumnChange) {
  const caption = `${column} before and after`;
  if (edges) {
    return {
      caption,
      header: ["From", "To", "Before", "After"],
      rows: edges
        .slice(0, -1)
        .map((edge, i) => [
          number(edge),
          number(edges[i + 1]),
          before?.counts?.[i] ?? 0,
          after?.counts?.[i] ?? 0,
        ]),
    };
  }
  return {
    caption,
    header: ["Value", "Before", "After"],
    rows: namesOf(before, after).map((name) => [name, timesOf(before, name), timesOf(after, name)]),
  };
}

const HEIGHT = 190;

function Bins({
  change: { column, before, after },
  edges,
}: {
  change: ColumnChange;
  edges: readonly number[];
}) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const xDomain = extent(edges);
  const top = Math.max(1, ...(before?.counts ?? []), ...(after?.counts ?? []));
  const yDomain: [number, number] = [0, nice([0, top])[1]];
  const x = linear(xDomain, [MARGIN.left, width - MARGIN.right]);
  const y = linear(yDomain, [HEIGHT - MARGIN.bottom, MARGIN.top]);
  return (
    <div ref={ref}>
      <svg
        role="img"
        aria-label={`Distribution of ${column} before and after`}
        width={width}
        height={HEIGHT}
        className="block"
      >
        <Axes
          x={x}
          y={y}
          xTicks={ticks(...xDomain)}
          yTicks={ticks(...yDomain)}
          xTitle={column}
          yTitle="rows"
          width={width}
          height={HEIGHT}
          formatX={brief}
          formatY={count}
        />
        {edges.slice(0, -1).map((edge, i) => {
          const left = x(edge);
          const wide = Math.max(1, x(edges[i + 1] ?? edge) - left - 1);
          const was = before?.counts?.[i] ?? 0;
          const is = after?.counts?.[i] ?? 0;
          return (
            <g key={edge}>
              <title>{`${brief(edge)} to ${brief(edges[i + 1] ?? edge)}: ${count(was)} before, ${count(is)} after`}</title>
              {before && (
                <rect
                  x={left + 0.5}
                  width={Math.max(0.5, wide - 1)}
                  y={y(was)}
                  height={Math.max(0, y(0) - y(was))}
                  fill={is < was ? "none" : "var(--accent-soft)"}
                  stroke="var(--accent)"
                  strokeDasharray={is < was ? "3 2" : undefined}
                />
              )}
              {is < was && (
                <rect
                  x={left + 0.5}
                  width={Math.max(0.5, wide - 1)}
                  y={y(is)}
                  height={Math.max(0, y(0) - y(is))}
                  fill="var(--accent-soft)"
                />
              )}
              {is > was && (
                <rect
                  x={left}
                  width={wide}
                  y={y(is)}
                  height={Math.max(0, y(was) - y(is))}
                  fill="var(--series-2)"
                />
              )}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function Values({ change: { column, before, after } }: { change: ColumnChange }) {
  const names = namesOf(before, after);
  const most = Math.max(1, ...names.flatMap((name) => [timesOf(before, name), timesOf(after, name)]));
  const width = (times: number) => `${(100 * times) / most}%`;
  return (
    <section aria-label={`Most frequent values of ${column} before and after`}>
      <ul className="grid gap-1.5 text-12">
        {names.map((name) => (
          <li key={name} className="grid grid-cols-[9rem_minmax(0,1fr)_auto] items-center gap-2">
            <span className="truncate" title={name}>
              {name}
            </span>
            <span aria-hidden className="grid gap-0.5">
              {before && (
                <span
                  className="h-2 rounded-[2px] border border-accent bg-accent-soft"
                  style={{ width: width(timesOf(before, name)) }}
                />
              )}
              {after && (
                <span
                  className="h-2 rounded-[2px] bg-(--series-2)"
                  style={{ width: width(timesOf(after, name)) }}
                />
              )}
            </span>
            <span className="nums text-ink-2">
              {[before, after].flatMap((side) => (side ? [count(timesOf(side, name))] : [])).join(" → ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
