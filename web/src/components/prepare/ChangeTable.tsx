import type { RecipePreview, Show } from "../../api/preparing";
import { inWords, pieces } from "../../lib/blanks";
import { cell, count } from "../../lib/format";

interface ChangeTableProps {
  readonly preview: RecipePreview;
  readonly title: string;
  readonly show: Show;
  readonly stale: boolean;
  readonly onShow: (show: Show) => void;
}

/** Rows after a step: what a cell was is struck, what it is now stands beside it, and rows that go are crossed out. */
export function ChangeTable({ preview, title, show, stale, onShow }: ChangeTableProps) {
  const { rows_stay: side, after } = preview;
  const rows: readonly Row[] = side
    ? sideBySide(preview, show)
    : after.rows.map((cells) => ({ number: null, cells, gone: false, was: NOTHING }));
  const columns = show === "dropped" && side ? preview.before.columns : after.columns;
  const nothing = {
    first: "No row is left.",
    changed: "No row that stays is changed.",
    dropped: "No row is left out.",
  }[show];
  return (
    <section className="card flex min-w-0 flex-col overflow-hidden" aria-label="Rows after the steps">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2">
        <h2 className="text-14 font-semibold">{title}</h2>
        <p className="grow text-12 text-ink-2">{stale ? "Computing the preview" : preview.sentence}</p>
        {side && (
          <fieldset className="flex gap-1 text-12">
            <legend className="sr-only">Rows to show</legend>
            {(["first", "changed", "dropped"] as const).map((one) => (
              <label
                key={one}
                className="cursor-pointer rounded-6 px-2 py-1 has-checked:bg-accent-soft has-checked:font-medium has-checked:text-accent-text has-focus-visible:outline-2 has-focus-visible:outline-accent"
              >
                <input
                  type="radio"
                  name="rows-shown"
                  className="sr-only"
                  checked={show === one}
                  onChange={() => onShow(one)}
                />
                {{ first: "First rows", changed: "Only changed rows", dropped: "Rows left out" }[one]}
              </label>
            ))}
          </fieldset>
        )}
      </header>
      <div
        className="h-[21rem] overflow-auto"
        role="group"
        tabIndex={0}
        aria-label="Rows after the steps, scrollable"
        aria-busy={stale}
      >
        <table className="nums w-full text-13">
          <thead>
            <tr>
              {side && <Head name="Row" quiet />}
              {columns.map((column) => (
                <Head
                  key={column.name}
                  name={column.name}
                  added={preview.columns_added.includes(column.name)}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={row.number ?? `made-${i}`} className="border-b border-line last:border-0">
                {side && (
                  <td className="px-3 py-[5px] text-right text-12 text-ink-3">{count(row.number ?? 0)}</td>
                )}
                {columns.map((column, j) => (
                  <Cell
                    key={column.name}
                    value={row.cells[j]}
                    changed={row.was.has(j)}
                    was={row.was.get(j)}
                    gone={row.gone}
                    numeric={/Int|Float|Decimal/.test(column.dtype)}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p className="px-4 py-6 text-13 text-ink-2">{nothing}</p>}
      </div>
    </section>
  );
}

interface Row {
  readonly number: number | null;
  readonly cells: readonly unknown[];
  readonly gone: boolean;
  /** What changed cells were, by their place. */
  readonly was: ReadonlyMap<number, unknown>;
}

const NOTHING: ReadonlyMap<number, unknown> = new Map();

/** Rows of before and after laid over each other. */
function sideBySide(preview: RecipePreview, show: Show): Row[] {
  const { before, after, dropped, row_numbers: numbers } = preview;
  const place = new Map(before.columns.map((column, i) => [column.name, i]));
  const gone = new Set(dropped);
  const changed = new Map<number, number[]>();
  for (const [row, column] of preview.changed_cells) changed.set(row, [...(changed.get(row) ?? []), column]);
  let next = 0;
  return before.rows.map((old, i) => {
    const number = numbers[i] ?? i + 1;
    if (gone.has(i)) {
      const cells = after.columns.map((column) => old[place.get(column.name) ?? -1]);
      return { number, cells: show === "dropped" ? old : cells, gone: true, was: NOTHING };
    }
    const at = next++;
    const was = new Map<number, unknown>();
    for (const column of changed.get(at) ?? []) {
      const from = place.get(after.columns[column]?.name ?? "");
      if (from !== undefined) was.set(column, old[from]);
    }
    return { number, cells: after.rows[at] ?? [], gone: false, was };
  });
}

function Head({ name, added = false, quiet = false }: { name: string; added?: boolean; quiet?: boolean }) {
  return (
    <th
      scope="col"
      className={`sticky top-0 z-10 border-b border-line-strong/40 bg-surface px-3 py-2 text-left whitespace-nowrap ${quiet ? "text-12 font-medium text-ink-2" : "font-semibold"}`}
    >
      {name}
      {added && <span className="ml-1.5 rounded-4 bg-good-soft px-1 text-11 font-medium text-good">new</span>}
    </th>
  );
}

/** A cell in which blanks can be seen, since a change may be of nothing else. */
function Shown({ value }: { value: unknown }) {
  if (typeof value !== "string") return cell(value);
  const found = pieces(value);
  if (!found.some((piece) => piece.blanks)) return cell(value);
  let at = 0;
  return found.map((piece) => {
    const key = at;
    at += piece.text.length;
    return piece.blanks ? (
      <span key={key} className="font-normal text-ink-2">
        <span aria-hidden="true">{"␣".repeat(Math.min(piece.text.length, 20))}</span>
        <span className="sr-only">{` (${inWords(piece.text)}) `}</span>
      </span>
    ) : (
      <span key={key}>{piece.text}</span>
    );
  });
}

interface CellProps {
  readonly value: unknown;
  readonly changed: boolean;
  readonly was: unknown;
  readonly gone: boolean;
  readonly numeric: boolean;
}

function Cell({ value, changed, was, gone, numeric }: CellProps) {
  const tone = gone
    ? "text-ink-3 line-through"
    : changed
      ? "bg-good-soft"
      : value === null
        ? "text-ink-3 italic"
        : "";
  return (
    <td
      className={`max-w-64 truncate px-3 py-[5px] whitespace-nowrap ${numeric ? "text-right" : ""} ${tone}`}
    >
      {changed ? (
        <>
          <del className="mr-1.5 text-12 text-ink-2">
            <Shown value={was} />
          </del>
          <ins className="font-semibold text-good no-underline">
            <Shown value={value} />
          </ins>
        </>
      ) : (
        cell(value)
      )}
    </td>
  );
}
