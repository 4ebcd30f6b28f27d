import { ArrowRight } from "lucide-react";

interface ColumnChoiceProps {
  readonly from: string;
  readonly to: string | null;
  readonly proposed: string | null;
  readonly columns: readonly { readonly name: string }[];
  readonly onChange: (to: string | null) => void;
}

/** One column that is needed, and the column of this table that stands for it. */
export function ColumnChoice({ from, to, proposed, columns, onChange }: ColumnChoiceProps) {
  const open = proposed === null ? "no column has a name like it" : "not chosen";
  const note =
    to === null ? open : to === from ? "same name" : to === proposed ? "nearest name" : "your choice";
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_1rem_minmax(0,1fr)] items-center gap-3 border-b border-line py-2">
      <span className="text-13 font-medium break-words">{from}</span>
      <ArrowRight size={14} aria-hidden className="text-ink-3" />
      <span className="min-w-0">
        <select
          className="field"
          aria-label={`Column for ${from}`}
          value={to ?? ""}
          onChange={(event) => onChange(event.target.value === "" ? null : event.target.value)}
        >
          <option value="">Choose a column</option>
          {columns.map((column) => (
            <option key={column.name} value={column.name}>
              {column.name}
            </option>
          ))}
        </select>
        <span className={`text-12 ${to === null ? "text-bad" : "text-ink-2"}`}>{note}</span>
      </span>
    </li>
  );
}
