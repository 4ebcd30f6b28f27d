import type { ReactNode } from "react";
import type { ChartStory, ProfileOverview } from "../api/types";
import { ChartCard } from "../charts/ChartCard";
import { HeatMap } from "../charts/HeatMap";
import { told } from "../charts/told";
import { ValueBars } from "../charts/ValueBars";
import { count, fixedDecimals, percent, plural, score } from "../lib/format";

type Matrix = NonNullable<ProfileOverview["correlation"]>;
/** Bars at first in a chart of columns; all of them stand in its table. */
const SHOWN = 20;

interface RelationsProps {
  readonly profile: ProfileOverview;
  readonly onShow: (column: string) => void;
}

/** How columns go together: with the target, with each other, as keys, and where they are empty. */
export function RelationsTab({ profile, onShow }: RelationsProps) {
  const { relations, correlation } = profile;
  return (
    <>
      <WithTarget profile={profile} />
      {correlation && (
        <MatrixCard title="Correlation (Pearson)" name="pearson" matrix={correlation}>
          Pearson correlation: how far two number columns lie on one straight line, from −1 to 1. Association
          is not cause.
        </MatrixCard>
      )}
      {relations?.spearman && (
        <MatrixCard title="Rank correlation (Spearman)" name="spearman" matrix={relations.spearman}>
          Spearman rank correlation: how far two columns rise together, whatever the shape, from −1 to 1.
        </MatrixCard>
      )}
      {relations?.categories && (
        <MatrixCard
          title="Categories with each other (Cramér’s V)"
          name="categories"
          matrix={relations.categories}
        >
          Cramér’s V: from 0, where one category says nothing of the other, to 1, where it tells it.
        </MatrixCard>
      )}
      {relations?.ratios && (
        <MatrixCard
          title="Categories with numbers (correlation ratio)"
          name="ratios"
          matrix={{ ...relations.ratios, n_left_out: 0 }}
          rows={relations.ratios.rows}
        >
          Correlation ratio: how much of the spread of a number the category explains, from 0 to 1.
        </MatrixCard>
      )}
      <Keys profile={profile} onShow={onShow} />
      <Missing profile={profile} />
      {(profile.not_computed ?? []).length > 0 && (
        <section className="card p-4" aria-label="What could not be computed">
          <h2 className="text-14 font-semibold">What could not be computed</h2>
          <ul className="mt-2 list-disc space-y-1 pl-5 text-13 text-ink-2">
            {profile.not_computed?.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** Association with the target, strongest first, and which of it looks like a leak. */
function WithTarget({ profile }: { profile: ProfileOverview }) {
  const ranked = profile.associations;
  if (profile.target == null)
    return (
      <p className="card p-4 text-13 text-ink-2">
        Choose the target to see which columns go with it. Until then the columns are compared with each
        other.
      </p>
    );
  if (ranked.length === 0) return null;
  const leaks = profile.findings.filter((f) => f.code.includes("leak"));
  return (
    <ChartCard
      title={`How each column goes with ${profile.target}`}
      {...told(
        profile.target_chart,
        leaks.length > 0
          ? leaks.map((f) => `${f.headline} ${f.reason}`).join(" ")
          : "From 0, unrelated, to 1, fully determined. No column looks as if it already holds the answer.",
      )}
      name="target-association"
      table={{
        caption: `How each column goes with ${profile.target} as a table`,
        header: ["Column", "Association", "Measure", "Mutual information"],
        rows: ranked.map((c) => [c.column, score(c.association), c.measure ?? "", score(c.information)]),
      }}
    >
      <ValueBars
        label={`Association of columns with ${profile.target}`}
        values={ranked.slice(0, SHOWN).map((c) => ({
          name: c.column,
          size: c.association,
          text: score(c.association),
        }))}
      />
    </ChartCard>
  );
}

interface MatrixCardProps {
  readonly title: string;
  readonly name: string;
  readonly matrix: Pick<Matrix, "columns" | "matrix" | "n_left_out"> & ChartStory;
  readonly rows?: readonly string[];
  readonly children: string;
}

function MatrixCard({ title, name, matrix, rows = matrix.columns, children }: MatrixCardProps) {
  const left = matrix.n_left_out ?? 0;
  return (
    <ChartCard
      title={title}
      {...told(
        matrix,
        left > 0
          ? `${children} ${plural(left, "further column is", "further columns are")} left out.`
          : children,
      )}
      name={name}
      drawn={false}
      table={{
        caption: `${title} as a table`,
        header: ["Column", ...matrix.columns],
        rows: rows.map((row, i) => [
          row,
          ...matrix.columns.map((_, j) => {
            const value = matrix.matrix[i]?.[j];
            return value == null ? "–" : fixedDecimals(value, 3);
          }),
        ]),
      }}
    >
      <HeatMap caption={`${title} as a map`} rows={rows} columns={matrix.columns} matrix={matrix.matrix} />
    </ChartCard>
  );
}

function Keys({ profile, onShow }: RelationsProps) {
  const { relations } = profile;
  const keys = relations?.keys ?? [];
  const dependencies = relations?.dependencies ?? [];
  const looked = relations?.near_duplicate_rows_looked_at;
  const show = (name: string) => (
    <button key={name} type="button" className="link" onClick={() => onShow(name)}>
      {name}
    </button>
  );
  return (
    <section className="card p-4" aria-label="Keys, dependencies and repeated rows">
      <h2 className="font-serif text-17 font-semibold">Keys, dependencies and repeated rows</h2>
      <dl className="mt-2 grid grid-cols-[10rem_1fr] gap-x-4 gap-y-2 text-13 max-md:grid-cols-1">
        <Term word="Name each row">
          {keys.length === 0
            ? "No column or pair of columns names each row."
            : keys.map((key) => (
                <p key={key.join()} className="flex flex-wrap gap-x-1.5">
                  {key.flatMap((name, i) => (i === 0 ? [show(name)] : [" with ", show(name)]))}
                </p>
              ))}
        </Term>
        <Term word="One tells the other">
          {dependencies.length === 0
            ? "No column is determined by another."
            : dependencies.map((d) => (
                <p key={`${d.determines} ${d.dependent}`}>
                  {show(d.determines)} determines {show(d.dependent)}
                </p>
              ))}
        </Term>
        <Term word="Equal rows">
          <p className="nums">
            {profile.duplicate_rows === 0 ? "None" : plural(profile.duplicate_rows, "row")}
          </p>
        </Term>
        {relations && looked != null && (
          <Term word="Nearly equal rows">
            <p className="nums">
              {`${relations.near_duplicate_rows === 0 ? "None" : plural(relations.near_duplicate_rows, "row")}, in ${count(looked)} looked at`}
            </p>
          </Term>
        )}
        {relations?.sampled_rows != null && (
          <Term word="Measured on">
            <p className="nums">{`a sample of ${plural(relations.sampled_rows, "row")}`}</p>
          </Term>
        )}
      </dl>
    </section>
  );
}

function Term({ word, children }: { word: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-ink-2">{word}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Which columns have gaps, the emptiest first. */
function Missing({ profile }: { profile: ProfileOverview }) {
  const { gaps } = profile;
  if (gaps.length === 0) return <p className="card p-4 text-13 text-ink-2">No cell of the table is empty.</p>;
  return (
    <ChartCard
      title="Where the table is empty"
      {...told(profile.missing_chart, "The share of rows without a value, the emptiest column first.")}
      name="missing"
      table={{
        caption: "Empty cells per column",
        header: ["Column", "Empty", "Share"],
        rows: gaps.map((c) => [c.column, count(c.missing), percent(c.missing_share)]),
      }}
    >
      <ValueBars
        label="Share of empty cells per column"
        values={gaps.slice(0, SHOWN).map((c) => ({
          name: c.column,
          size: c.missing_share,
          text: percent(c.missing_share),
        }))}
      />
    </ChartCard>
  );
}
