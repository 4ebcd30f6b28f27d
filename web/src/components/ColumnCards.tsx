import { useQueries } from "@tanstack/react-query";
import { Target } from "lucide-react";
import { useState } from "react";
import { namedColumnsQuery, type TableKey } from "../api/tableQueries";
import type { ColumnProfile, ProfileOverview } from "../api/types";
import { BoxPlot } from "../charts/BoxPlot";
import { ChartCard } from "../charts/ChartCard";
import { Histogram } from "../charts/Histogram";
import { told } from "../charts/told";
import { ValueBars } from "../charts/ValueBars";
import { brief, cell, count, duration, number, percent, plural } from "../lib/format";
import { KindIcon, kindWord } from "./ColumnHeader";
import { ErrorNote } from "./ErrorNote";
import { Skeleton } from "./Skeleton";

/** Cards at first: a table of ten thousand columns must not fill the page with charts. */
const SHOWN = 12;

interface ColumnCardsProps {
  readonly table: TableKey;
  readonly overview: ProfileOverview;
  /** The column that the address names; its card comes first. */
  readonly first: string | null;
}

/** One card per column with everything that was computed of it, fetched as it is asked for. */
export function ColumnCards({ table, overview, first }: ColumnCardsProps) {
  const [wanted, setWanted] = useState("");
  const [pages, setPages] = useState(1);
  const part = wanted.trim().toLowerCase();
  const found = overview.names
    .filter((name) => name.toLowerCase().includes(part))
    .sort((a, b) => Number(b === first) - Number(a === first));
  const shown = pages * SHOWN;
  const results = useQueries({
    queries: Array.from({ length: pages }, (_, page) =>
      namedColumnsQuery(table, found.slice(page * SHOWN, (page + 1) * SHOWN)),
    ),
  });
  const columns = results.flatMap((result) => result.data ?? []);
  const failed = results.find((result) => result.error);
  return (
    <>
      <label className="flex flex-wrap items-center gap-3 text-13">
        <span className="font-medium">Find a column</span>
        <input
          type="search"
          className="field max-w-72"
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
            setPages(1);
          }}
        />
        <span className="nums text-ink-2" role="status">
          {plural(found.length, "column")}
        </span>
      </label>
      {failed && <ErrorNote error={failed.error} onRetry={() => void failed.refetch()} />}
      {columns.length === 0 && results.some((result) => result.isPending) && (
        <Skeleton lines={8} label="Loading the columns" />
      )}
      <ul className="grid grid-cols-2 items-start gap-4 max-lg:grid-cols-1">
        {columns.map((column) => (
          <li key={column.name} className="min-w-0">
            <ColumnCard
              column={column}
              unit={overview.units[column.name]}
              isTarget={column.name === overview.target}
            />
          </li>
        ))}
      </ul>
      {found.length > shown && (
        <button type="button" className="btn btn-secondary self-start" onClick={() => setPages(pages + 1)}>
          {`Show ${plural(Math.min(SHOWN, found.length - shown), "more column", "more columns")}`}
        </button>
      )}
    </>
  );
}

interface ColumnCardProps {
  readonly column: ColumnProfile;
  readonly unit: string | undefined;
  readonly isTarget: boolean;
}

function ColumnCard({ column, unit, isTarget }: ColumnCardProps) {
  return (
    <article className="card flex min-w-0 flex-col gap-3 p-4" aria-label={`Column ${column.name}`}>
      <header className="flex flex-wrap items-center gap-2">
        <KindIcon kind={column.kind} size={16} silent />
        <h2 className="min-w-0 text-16 font-semibold break-words">{column.name}</h2>
        <span className="text-12 text-ink-2">
          {unit === undefined ? kindWord(column.kind) : `${kindWord(column.kind)}, in ${unit}`}
        </span>
        {isTarget && (
          <span className="inline-flex items-center gap-1 text-12 font-medium">
            <Target size={13} aria-hidden />
            target
          </span>
        )}
      </header>
      {/* A chart inside a card needs no second frame. */}
      <div className="empty:hidden *:[section]:border-0 *:[section]:p-0 *:[section]:shadow-none">
        <ColumnChart column={column} isTarget={isTarget} />
      </div>
      <Box column={column} />
      <dl className="nums grid grid-cols-2 gap-x-6 gap-y-1 text-13 max-md:grid-cols-1">
        {statistics(column).map(([name, value]) => (
          <div key={name} className="flex justify-between gap-3 border-b border-line py-0.5">
            <dt className="text-ink-2">{name}</dt>
            <dd className="min-w-0 text-right break-words">{value}</dd>
          </div>
        ))}
      </dl>
      <Patterns column={column} />
    </article>
  );
}

/** The distribution as bars: bins for numbers and times, top values else, lengths for text that never repeats. */
function ColumnChart({ column, isTarget }: { column: ColumnProfile; isTarget: boolean }) {
  const { histogram, lengths, kind, name } = column;
  const top = column.top_values ?? [];
  if (histogram) {
    const times = typeof histogram.edges[0] === "string";
    return (
      <Bins
        title={`Distribution of ${name}`}
        column={column}
        plain="How many rows fall into each of the equally wide ranges."
        histogram={histogram}
        format={(edge) => (times ? cell(new Date(edge).toISOString(), kind).slice(0, 10) : brief(edge))}
        axis={name}
      />
    );
  }
  if (top.length > 0 && kind !== "identifier") {
    return (
      <ChartCard
        title={`Top values of ${name}`}
        {...told(column, "The most frequent values with their share of the rows that have one.")}
        name={`${name}-values`}
        table={{
          caption: `Top values of ${name} as a table`,
          header: ["Value", "Rows", "Share"],
          rows: top.map((v) => [v.value, count(v.count), percent(v.share)]),
        }}
      >
        <ValueBars
          label={`Top values of ${name}`}
          tone={isTarget ? "target" : "plain"}
          values={top.map((v) => ({ name: v.value, size: v.share, text: percent(v.share) }))}
        />
      </ChartCard>
    );
  }
  if (!lengths) return null;
  return (
    <Bins
      title={`Lengths of ${name}`}
      column={column}
      plain="How many rows have texts of which length."
      histogram={lengths}
      format={brief}
      axis="letters"
    />
  );
}

interface BinsProps {
  readonly title: string;
  readonly column: ColumnProfile;
  readonly plain: string;
  readonly histogram: NonNullable<ColumnProfile["histogram"]>;
  readonly format: (edge: number) => string;
  readonly axis: string;
}

function Bins({ title, column, plain, histogram, format, axis }: BinsProps) {
  const edges = histogram.edges.map((edge) => (typeof edge === "string" ? Date.parse(edge) : edge));
  return (
    <ChartCard
      title={title}
      {...told(column, plain)}
      name={title.replaceAll(" ", "-")}
      table={{
        caption: `${title} as a table`,
        header: ["From", "To", "Rows"],
        rows: histogram.counts.map((n, i) => [format(edges[i] ?? 0), format(edges[i + 1] ?? 0), count(n)]),
      }}
    >
      <Histogram
        label={title}
        edges={edges}
        counts={histogram.counts}
        xTitle={axis}
        yTitle="rows"
        format={format}
        formatCount={count}
        height={200}
      />
    </ChartCard>
  );
}

function Box({ column }: { column: ColumnProfile }) {
  const { minimum, maximum, quantiles } = column;
  const [lower, median, upper] = ["0.25", "0.5", "0.75"].map((q) => quantiles?.[q]);
  if (typeof minimum !== "number" || typeof maximum !== "number") return null;
  if (lower === undefined || median === undefined || upper === undefined) return null;
  return (
    <figure>
      <BoxPlot
        label={`Box plot of ${column.name}: half of the values lie between ${number(lower)} and ${number(upper)}`}
        {...{ minimum, lower, median, upper, maximum }}
      />
      <figcaption className="text-12 text-ink-2">
        The box holds the middle half, its line is the median; the line ends at the smallest and the largest.
      </figcaption>
    </figure>
  );
}

function Patterns({ column }: { column: ColumnProfile }) {
  const patterns = column.patterns ?? [];
  if (patterns.length === 0) return null;
  return (
    <details className="text-13">
      <summary className="text-ink-2">
        {`${plural(patterns.length, "pattern")}${column.pattern_rows == null ? "" : `, of ${plural(column.pattern_rows, "row")}`}`}
      </summary>
      <ul className="nums mt-1 space-y-0.5">
        {patterns.map((p) => (
          <li key={p.value} className="flex justify-between gap-3">
            <code className="min-w-0 font-mono text-12 break-all">{p.value}</code>
            <span className="shrink-0 text-ink-2">{percent(p.share)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What is known of a column, as pairs of words and value; what does not suit its kind is left out. */
export function statistics(c: ColumnProfile): [string, string][] {
  const numbers: [string, number | null | undefined][] = [
    ["Mean", c.mean],
    ["Standard deviation", c.std],
    ["Median deviation", c.median_deviation],
    ["Skewness", c.skewness],
    ["Kurtosis", c.kurtosis],
    ["Shortest text", c.min_length],
    ["Mean length", c.mean_length],
    ["Longest text", c.max_length],
  ];
  const counts: [string, number | null | undefined][] = [
    ["Zeros", c.zeros],
    ["Below zero", c.negatives],
    ["Outliers", c.outliers],
    ["Numbers within text", c.numbers_in_text],
    ["Spelling variants", c.spelling_variants],
    ["Stray spaces", c.stray_spaces],
  ];
  const given = <T,>(pairs: [string, T | null | undefined][], write: (value: T) => string) =>
    pairs.flatMap(([name, value]): [string, string][] => (value == null ? [] : [[name, write(value)]]));
  const shown = (value: string | number) => (typeof value === "number" ? number(value) : cell(value, c.kind));
  return [
    ["Filled", count(c.count)],
    ["Empty", c.missing > 0 ? `${count(c.missing)} (${percent(c.missing_share)})` : "0"],
    ["Different values", count(c.distinct)],
    ...given<string | number>([["Smallest", c.minimum]], shown),
    ...given(
      Object.entries(c.quantiles ?? {}).map(([q, v]) => [`${number(Number(q) * 100)}% lie below`, v]),
      number,
    ),
    ...given<string | number>([["Largest", c.maximum]], shown),
    ...given(numbers, number),
    ...given(counts, count),
    ...given([["Usual step", c.gaps?.step_seconds]], duration),
    ...given(
      [
        ["Gaps in time", c.gaps?.n_gaps],
        ["Times missing in gaps", c.gaps?.n_missing],
      ],
      count,
    ),
    ...given(
      [["Longest gap", c.gaps?.longest]],
      ([from, to]) => `${cell(from, c.kind)} to ${cell(to, c.kind)}`,
    ),
  ];
}
