import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { datasetsQuery } from "../../api/queries";
import type { ColumnKind } from "../../api/types";
import type { Params, StepField } from "../../lib/stepForm";
import { ColumnsField } from "./ColumnsField";
import { CasesField, ConditionsField } from "./ConditionFields";
import { LinesField, NamesField, NumberField, ValueField } from "./SmallFields";

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind | null;
}

interface StepFormProps {
  readonly fields: readonly StepField[];
  readonly params: Params;
  /** The columns that the step meets. */
  readonly columns: readonly Column[];
  /** Kinds that the step works on; none means any. */
  readonly kinds: readonly string[];
  readonly onChange: (params: Params) => void;
}

/** The parameters of a step, drawn from their schema. */
export function StepForm({ fields, params, columns, kinds, onChange }: StepFormProps) {
  const set = (name: string) => (value: unknown) => onChange({ ...params, [name]: value });
  const suited = columns.filter(
    (column) => kinds.length === 0 || column.kind === null || kinds.includes(column.kind),
  );
  return (
    <div className="space-y-4">
      {fields.map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          value={params[field.name]}
          suited={suited}
          columns={columns}
          onChange={set(field.name)}
        />
      ))}
    </div>
  );
}

export interface InputProps {
  readonly field: StepField;
  readonly value: unknown;
  readonly suited: readonly Column[];
  readonly columns: readonly Column[];
  readonly onChange: (value: unknown) => void;
}

function FieldInput(props: InputProps) {
  const { field, value, suited, columns, onChange } = props;
  switch (field.input) {
    case "columns":
      return <ColumnsField {...props} />;
    case "conditions":
      return <ConditionsField {...props} />;
    case "cases":
      return <CasesField {...props} />;
    case "names":
      return <NamesField {...props} />;
    case "words":
    case "numbers":
      return <LinesField {...props} />;
    case "choices":
      return <ChoicesField {...props} />;
    case "switch":
      return (
        <div>
          <label className="flex items-start gap-2 text-13">
            <input
              type="checkbox"
              className="mt-0.5 size-4 accent-(--accent)"
              checked={value === true}
              onChange={(event) => onChange(event.target.checked)}
            />
            <span>
              <span className="font-medium">{field.title}</span>
              {field.help && <span className="block text-12 text-ink-2">{field.help}</span>}
            </span>
          </label>
        </div>
      );
    case "number":
      return <NumberField {...props} />;
    case "value":
      return <ValueField {...props} />;
    case "table":
      return <TableField {...props} />;
    default:
      return (
        <Labelled field={field}>
          {(id, help) =>
            field.input === "choice" ? (
              <select
                id={id}
                aria-describedby={help}
                className="field"
                value={String(value ?? "")}
                onChange={(event) => onChange(event.target.value || null)}
              >
                {field.nullable && <option value="">by itself</option>}
                {field.choices.map((choice) => (
                  <option key={choice} value={choice}>
                    {choice.replaceAll("_", " ")}
                  </option>
                ))}
              </select>
            ) : field.input === "column" ? (
              <select
                id={id}
                aria-describedby={help}
                className="field"
                value={String(value ?? "")}
                onChange={(event) => onChange(event.target.value || null)}
              >
                <option value="">{field.required ? "Choose a column" : "none"}</option>
                {(suited.length > 0 ? suited : columns).map((column) => (
                  <option key={column.name} value={column.name}>
                    {column.name}
                  </option>
                ))}
              </select>
            ) : field.input === "formula" ? (
              <textarea
                id={id}
                aria-describedby={help}
                rows={4}
                spellCheck={false}
                className="field font-mono"
                value={String(value ?? "")}
                onChange={(event) => onChange(event.target.value)}
              />
            ) : (
              <input
                id={id}
                aria-describedby={help}
                className="field"
                value={String(value ?? "")}
                onChange={(event) =>
                  onChange(event.target.value === "" && field.nullable ? null : event.target.value)
                }
              />
            )
          }
        </Labelled>
      );
  }
}

function ChoicesField({ field, value, onChange }: InputProps) {
  const chosen = Array.isArray(value) ? (value as string[]) : [];
  return (
    <fieldset>
      <legend className="text-13 font-medium">{field.title}</legend>
      <div className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
        {field.choices.map((choice) => (
          <label key={choice} className="flex min-h-6 items-center gap-1.5 text-13">
            <input
              type="checkbox"
              className="size-4 accent-(--accent)"
              checked={chosen.includes(choice)}
              onChange={(event) =>
                onChange(
                  field.choices.filter((one) =>
                    one === choice ? event.target.checked : chosen.includes(one),
                  ),
                )
              }
            />
            {choice.replaceAll("_", " ")}
          </label>
        ))}
      </div>
      {field.help && <p className="mt-1 text-12 text-ink-2">{field.help}</p>}
    </fieldset>
  );
}

/** Another table of the workspace, by its present version. */
function TableField({ field, value, onChange }: InputProps) {
  const { data = [] } = useQuery(datasetsQuery);
  return (
    <Labelled field={{ ...field, help: "Another table of this workspace, as it is now." }}>
      {(id, help) => (
        <select
          id={id}
          aria-describedby={help}
          className="field"
          value={String(value ?? "")}
          onChange={(event) => onChange(event.target.value || null)}
        >
          <option value="">Choose a table</option>
          {data.map(
            (dataset) =>
              dataset.version && (
                <option key={dataset.id} value={dataset.version.id}>
                  {dataset.name}
                </option>
              ),
          )}
        </select>
      )}
    </Labelled>
  );
}

interface LabelledProps {
  readonly field: Pick<StepField, "title" | "help">;
  readonly children: (id: string, help: string) => ReactNode;
}

/** A label above an input, and below it what it means. */
export function Labelled({ field, children }: LabelledProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-13 font-medium">
        {field.title}
      </label>
      {children(id, `${id}-help`)}
      <p id={`${id}-help`} className="mt-1 text-12 text-ink-2 empty:hidden">
        {field.help}
      </p>
    </div>
  );
}
