import { type Condition, OPERATORS, typedValue, valuesOf } from "../../lib/stepForm";
import { MoreButton, RemoveButton } from "./SmallFields";
import type { Column, InputProps } from "./StepForm";

interface Case {
  readonly conditions: readonly Condition[];
  readonly value: unknown;
}

const fresh = (columns: readonly Column[]): Condition => ({
  column: columns[0]?.name ?? "",
  operator: "equals",
  values: [],
});

/** Questions to each row. */
export function ConditionsField({ field, value, columns, onChange }: InputProps) {
  const conditions = Array.isArray(value) ? (value as Condition[]) : [];
  return (
    <fieldset>
      <legend className="text-13 font-medium">{field.title}</legend>
      <Conditions conditions={conditions} columns={columns} onChange={onChange} />
      <p className="mt-1 text-12 text-ink-2">{field.help}</p>
    </fieldset>
  );
}

/** Values by conditions: the first case that fits a row decides. */
export function CasesField({ field, value, columns, onChange }: InputProps) {
  const cases = Array.isArray(value) ? (value as Case[]) : [];
  const change = (at: number, next: Case) => onChange(cases.map((one, i) => (i === at ? next : one)));
  return (
    <fieldset>
      <legend className="text-13 font-medium">{field.title}</legend>
      <ol className="space-y-3">
        {cases.map((one, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: cases have no identity but their place
          <li key={i} className="rounded-6 border border-line p-2">
            <div className="flex items-center justify-between text-12 text-ink-2">
              {`Case ${i + 1}: when`}
              <RemoveButton
                label={`Remove case ${i + 1}`}
                onClick={() => onChange(cases.filter((_, j) => j !== i))}
              />
            </div>
            <Conditions
              conditions={one.conditions}
              columns={columns}
              onChange={(conditions) => change(i, { ...one, conditions })}
            />
            <label className="mt-2 block text-12 text-ink-2">
              the value is
              <input
                className="field mt-0.5"
                defaultValue={one.value === null || one.value === undefined ? "" : String(one.value)}
                onChange={(event) => change(i, { ...one, value: typedValue(event.target.value) })}
              />
            </label>
          </li>
        ))}
      </ol>
      <MoreButton
        text="Another case"
        onClick={() => onChange([...cases, { conditions: [fresh(columns)], value: "" }])}
      />
      <p className="mt-1 text-12 text-ink-2">{field.help}</p>
    </fieldset>
  );
}

interface ConditionsProps {
  readonly conditions: readonly Condition[];
  readonly columns: readonly Column[];
  readonly onChange: (conditions: readonly Condition[]) => void;
}

function Conditions({ conditions, columns, onChange }: ConditionsProps) {
  const change = (at: number, next: Condition) =>
    onChange(conditions.map((one, i) => (i === at ? next : one)));
  return (
    <>
      <div className="mt-1 space-y-2">
        {conditions.map((one, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no identity but their place
          <div key={i} className="space-y-1.5 rounded-6 bg-sunken p-2">
            <div className="flex items-center gap-1.5">
              <select
                className="field"
                aria-label={`Column of condition ${i + 1}`}
                value={one.column}
                onChange={(event) => change(i, { ...one, column: event.target.value })}
              >
                {columns.map((column) => (
                  <option key={column.name}>{column.name}</option>
                ))}
              </select>
              <RemoveButton
                label={`Remove condition ${i + 1}`}
                onClick={() => onChange(conditions.filter((_, j) => j !== i))}
              />
            </div>
            <select
              className="field"
              aria-label={`Comparison of condition ${i + 1}`}
              value={one.operator}
              onChange={(event) => {
                const most = valuesOf(event.target.value);
                change(i, {
                  ...one,
                  operator: event.target.value,
                  values: most === null ? one.values : one.values.slice(0, most),
                });
              }}
            >
              {OPERATORS.map(([name, words]) => (
                <option key={name} value={name}>
                  {words}
                </option>
              ))}
            </select>
            <Values condition={one} number={i + 1} onChange={(values) => change(i, { ...one, values })} />
          </div>
        ))}
      </div>
      <MoreButton text="Another condition" onClick={() => onChange([...conditions, fresh(columns)])} />
    </>
  );
}

interface ValuesProps {
  readonly condition: Condition;
  readonly number: number;
  readonly onChange: (values: Condition["values"]) => void;
}

function Values({ condition, number, onChange }: ValuesProps) {
  const wanted = valuesOf(condition.operator);
  if (wanted === 0) return null;
  if (wanted === null) {
    return (
      <textarea
        className="field"
        rows={2}
        aria-label={`Values of condition ${number}, one on each line`}
        placeholder="One on each line"
        defaultValue={condition.values.join("\n")}
        onChange={(event) =>
          onChange(event.target.value.split("\n").flatMap((line) => typedValue(line) ?? []))
        }
      />
    );
  }
  const texts = Array.from({ length: wanted }, (_, i) => String(condition.values[i] ?? ""));
  return (
    <div className="flex gap-1.5">
      {texts.map((text, i) => (
        <input
          // biome-ignore lint/suspicious/noArrayIndexKey: the first and the second value
          key={`${condition.operator}-${i}`}
          className="field"
          aria-label={
            wanted === 1
              ? `Value of condition ${number}`
              : `${i === 0 ? "From" : "To"} of condition ${number}`
          }
          defaultValue={text}
          onChange={(event) =>
            onChange(texts.flatMap((old, j) => typedValue(j === i ? event.target.value : old) ?? []))
          }
        />
      ))}
    </div>
  );
}
