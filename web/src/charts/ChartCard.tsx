import { type ReactNode, useRef, useState } from "react";
import { saveBlob, saveText, toCSV } from "../lib/download";
import { drawPNG, standaloneSVG } from "./export";

interface ChartCardProps {
  /** The name of the chart, which also labels its buttons. */
  readonly title: string;
  /** What the chart shows in these data, each number with its fact; the title stands in where nothing could be proven. */
  readonly headline?: ReactNode;
  readonly sentence: ReactNode;
  /** The name of downloaded files. */
  readonly name: string;
  readonly table: {
    readonly caption: string;
    readonly header: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
  };
  /** False for what is no drawing (a map of numbers), which can be taken along as CSV only. */
  readonly drawn?: boolean;
  readonly children: ReactNode;
}

/** A chart with its finding, its doubt, the same as a table, and ways to take it along. */
export function ChartCard(props: ChartCardProps) {
  const { title, headline, sentence, name, table, drawn = true, children } = props;
  const [asTable, setAsTable] = useState(false);
  const drawing = useRef<HTMLDivElement>(null);
  const svg = () => drawing.current?.querySelector("svg") ?? null;
  return (
    <section className="card flex min-w-0 flex-col p-4" aria-label={title}>
      <h2 className="font-serif text-17 font-semibold">{headline ?? title}</h2>
      <p className="mt-0.5 text-13 text-ink-2">{sentence}</p>
      <div className="mt-3 min-h-0 grow" ref={drawing}>
        {asTable ? <DataTable {...table} /> : children}
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-1 border-t border-line pt-2 text-12">
        <button
          type="button"
          aria-pressed={asTable}
          className="btn btn-quiet min-h-7 px-2 py-0.5 text-12 aria-pressed:bg-accent-soft aria-pressed:text-accent-text"
          onClick={() => setAsTable(!asTable)}
        >
          As table
        </button>
        <span className="grow" />
        <ExportButton
          label={`${title} as CSV`}
          text="CSV"
          onClick={() => saveText(`${name}.csv`, "text/csv", toCSV(table.header, table.rows))}
        />
        {!asTable && drawn && (
          <>
            <ExportButton
              label={`${title} as SVG`}
              text="SVG"
              onClick={() => {
                const element = svg();
                if (element) saveText(`${name}.svg`, "image/svg+xml", standaloneSVG(element));
              }}
            />
            <ExportButton
              label={`${title} as PNG`}
              text="PNG"
              onClick={() => {
                const element = svg();
                if (element) void drawPNG(element).then((blob) => saveBlob(`${name}.png`, blob));
              }}
            />
          </>
        )}
      </div>
    </section>
  );
}

function ExportButton({ label, text, onClick }: { label: string; text: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      className="btn btn-quiet min-h-7 px-2 py-0.5 text-12"
      onClick={onClick}
    >
      {text}
    </button>
  );
}

interface DataTableProps {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

function DataTable({ caption, header, rows }: DataTableProps) {
  return (
    <section className="max-h-72 overflow-auto" tabIndex={0} aria-label={caption}>
      <table className="nums w-full text-12">
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 bg-surface">
          <tr>
            {header.map((text) => (
              <th
                key={text}
                scope="col"
                className="border-b border-line py-1 pr-3 text-left font-medium text-ink-2"
              >
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a chart's table have no identity but their place
            <tr key={i} className="border-b border-line last:border-0">
              {row.map((value, column) => (
                <td key={header[column]} className="py-1 pr-3">
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
