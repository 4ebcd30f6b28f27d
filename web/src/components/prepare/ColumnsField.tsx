import { useState } from "react";
import { plural } from "../../lib/format";
import type { InputProps } from "./StepForm";

const FEW = 8;

/** Columns to work on: a box for each, found by name when there are many; none means all where that is meant. */
export function ColumnsField({ field, value, suited, columns, onChange }: InputProps) {
  const [search, setSearch] = useState("");
  const chosen = Array.isArray(value) ? (value as string[]) : [];
  const offered = suited.length > 0 ? suited : columns;
  const shown = offered.filter((column) => column.name.toLowerCase().includes(search.toLowerCase()));
  const toggle = (name: string, on: boolean) => {
    const next = on ? [...chosen, name] : chosen.filter((one) => one !== name);
    onChange(next.length === 0 && field.nullable ? null : next);
  };
  return (
    <fieldset>
      <legend className="text-13 font-medium">{field.title}</legend>
      {offered.length > FEW && (
        <input
          type="search"
          className="field mt-1"
          aria-label={`Find a column for ${field.title}`}
          placeholder="Find a column"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      )}
      <div className="mt-1 max-h-52 overflow-y-auto rounded-6 border border-line px-2 py-1">
        {shown.map((column) => (
          <label key={column.name} className="flex min-h-7 items-center gap-2 text-13">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-(--accent)"
              checked={chosen.includes(column.name)}
              onChange={(event) => toggle(column.name, event.target.checked)}
            />
            <span className="min-w-0 truncate" title={column.name}>
              {column.name}
            </span>
          </label>
        ))}
        {shown.length === 0 && <p className="py-1 text-12 text-ink-2">No column is called that.</p>}
      </div>
      <p className="mt-1 text-12 text-ink-2">
        {chosen.length > 0 ? `${plural(chosen.length, "column")} chosen: ${chosen.join(", ")}.` : field.help}
      </p>
    </fieldset>
  );
}
