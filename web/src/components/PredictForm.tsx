import { RotateCcw } from "lucide-react";
import { useId } from "react";
import type { ContractColumn } from "../api/types";
import { type Cell, fromField, isOutside, oneSpelling, type Row, toField } from "../lib/form";
import { cell, number, percent, plural } from "../lib/format";
import { KindIcon } from "./ColumnHeader";

interface PredictFormProps {
  /** Most important first. */
  readonly columns: readonly ContractColumn[];
  readonly row: Row;
  readonly changed: ReadonlySet<string>;
  readonly onChange: (name: string, value: Cell) => void;
  readonly onReset: () => void;
  /** Whether the order of the columns says what matters more. */
  readonly ranked: boolean;
}

const FIRST = 12;

/** One case, field by field, with real ranges and choices from the contract of the model. */
export function PredictForm({ columns, row, changed, onChange, onReset, ranked }: PredictFormProps) {
  const first = columns.slice(0, FIRST);
  const rest = columns.slice(FIRST);
  const field = (column: ContractColumn) => (
    <Field
      key={column.name}
      column={column}
      value={row[column.name]}
      changed={changed.has(column.name)}
      onChange={(value) => onChange(column.name, value)}
    />
  );
  return (
    <form className="card p-4" aria-label="One case" onSubmit={(event) => event.preventDefault()}>
      <div className="mb-3 flex min-h-8 items-center justify-between gap-3">
        <h2 className="text-14 font-semibold">One case</h2>
        {changed.size > 0 ? (
          <button type="button" className="btn btn-quiet" onClick={onReset}>
            <RotateCcw size={14} aria-hidden />
            Back to a typical row
          </button>
        ) : (
          <p className="text-12 text-ink-2">A typical row of your data. Change anything.</p>
        )}
      </div>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,13rem),1fr))] gap-x-4 gap-y-3">
        {first.map(field)}
      </div>
      {rest.length > 0 && (
        <details className="mt-4 border-t border-line pt-3">
          <summary className="text-13 font-medium">
            {plural(rest.length, "more column")}
            {ranked && (rest.length === 1 ? ", which matters less" : ", which matter less")}
          </summary>
          <div className="mt-3 grid grid-cols-[repeat(auto-fill,minmax(min(100%,13rem),1fr))] gap-x-4 gap-y-3">
            {rest.map(field)}
          </div>
        </details>
      )}
    </form>
  );
}

interface FieldProps {
  readonly column: ContractColumn;
  readonly value: Cell | undefined;
  readonly changed: boolean;
  readonly onChange: (value: Cell) => void;
}

function Field({ column, value, changed, onChange }: FieldProps) {
  const id = useId();
  const { kind, categories } = column;
  const text = toField(value, kind);
  const outside = isOutside(value, column);
  const read = (next: string) => onChange(fromField(next, kind));
  const choices =
    kind === "boolean" && categories.length === 0
      ? [{ value: "true" }, { value: "false" }]
      : oneSpelling(categories);
  const choose = (kind === "category" || kind === "boolean") && choices.length > 0;
  return (
    <div className="min-w-0">
      <div className="flex items-center gap-1.5 text-13">
        <KindIcon kind={kind} size={13} silent />
        <label htmlFor={id} className="truncate font-medium" title={column.name}>
          {column.name}
        </label>
        {changed && <span className="ml-auto text-11 text-accent-text">changed</span>}
      </div>
      {choose ? (
        <select id={id} className="field mt-1" value={text} onChange={(event) => read(event.target.value)}>
          <option value="">empty</option>
          {text !== "" && !choices.some((c) => c.value === text) && <option value={text}>{text}</option>}
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.value}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          className="field nums mt-1"
          type={inputType(kind)}
          {...(kind === "integer" || kind === "decimal" ? { step: kind === "integer" ? 1 : "any" } : {})}
          value={text}
          placeholder="empty"
          aria-describedby={`${id}-hint`}
          onChange={(event) => read(event.target.value)}
        />
      )}
      <p
        id={`${id}-hint`}
        className={`nums mt-0.5 min-h-4 truncate text-11 ${outside ? "font-medium text-warn" : "text-ink-3"}`}
      >
        {outside ? `outside what the model has seen: ${range(column)}` : hint(column, text, choose)}
      </p>
    </div>
  );
}

function inputType(kind: ContractColumn["kind"]): string {
  if (kind === "integer" || kind === "decimal") return "number";
  if (kind === "date") return "date";
  return kind === "datetime" ? "datetime-local" : "text";
}

function range({ minimum, maximum, kind }: ContractColumn): string {
  // As it stands in the data and in the field: a year has no thousands mark.
  const written = (value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? number(value) : cell(value, kind);
  return minimum === null || maximum === null ? "" : `${written(minimum)} to ${written(maximum)}`;
}

function hint(column: ContractColumn, text: string, choose: boolean): string {
  if (!choose) return range(column);
  const share = column.categories.find((c) => c.value === text)?.share;
  return share === undefined ? "" : `${percent(share)} of the rows`;
}
