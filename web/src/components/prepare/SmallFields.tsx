import { Plus, X } from "lucide-react";
import { useState } from "react";
import { typedValue } from "../../lib/stepForm";
import { type InputProps, Labelled } from "./StepForm";

/** A number within its bounds; what is half typed stays as it was typed. */
export function NumberField({ field, value, onChange }: InputProps) {
  const [text, setText] = useState(value === null || value === undefined ? "" : String(value));
  return (
    <Labelled field={field}>
      {(id, help) => (
        <input
          id={id}
          aria-describedby={help}
          className="field nums"
          inputMode={field.whole ? "numeric" : "decimal"}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            const typed = typedValue(event.target.value);
            if (typed === null) onChange(field.nullable ? null : field.default);
            else onChange(typed);
          }}
        />
      )}
    </Labelled>
  );
}

/** A value of any type: what looks like a number is one. */
export function ValueField({ field, value, onChange }: InputProps) {
  const [text, setText] = useState(value === null || value === undefined ? "" : String(value));
  return (
    <Labelled field={field}>
      {(id, help) => (
        <input
          id={id}
          aria-describedby={help}
          className="field"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            onChange(typedValue(event.target.value));
          }}
        />
      )}
    </Labelled>
  );
}

/** Several words or numbers, one on each line. */
export function LinesField({ field, value, onChange }: InputProps) {
  const [text, setText] = useState(Array.isArray(value) ? value.join("\n") : "");
  return (
    <Labelled field={{ ...field, help: `${field.help} One on each line.`.trim() }}>
      {(id, help) => (
        <textarea
          id={id}
          aria-describedby={help}
          rows={3}
          className="field"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            const lines = event.target.value.split("\n").filter((line) => line.trim() !== "");
            const values = field.input === "numbers" ? lines.map(typedValue) : lines;
            onChange(values.length === 0 && field.nullable ? null : values);
          }}
        />
      )}
    </Labelled>
  );
}

/** Old names and new names. */
export function NamesField({ field, value, columns, onChange }: InputProps) {
  const [pairs, setPairs] = useState<readonly (readonly [string, string])[]>(() => {
    const known = Object.entries((value ?? {}) as Record<string, string>);
    return known.length > 0 ? known : [["", ""]];
  });
  const change = (next: readonly (readonly [string, string])[]) => {
    setPairs(next);
    onChange(Object.fromEntries(next.filter(([from, to]) => from !== "" && to !== "")));
  };
  return (
    <fieldset>
      <legend className="text-13 font-medium">{field.title}</legend>
      <div className="mt-1 space-y-2">
        {pairs.map(([from, to], i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: pairs have no identity but their place
          <div key={i} className="flex items-center gap-1.5">
            <select
              className="field"
              aria-label={`Column ${i + 1}`}
              value={from}
              onChange={(event) =>
                change(pairs.map((pair, j) => (j === i ? [event.target.value, to] : pair)))
              }
            >
              <option value="">Column</option>
              {columns.map((column) => (
                <option key={column.name}>{column.name}</option>
              ))}
            </select>
            <input
              className="field"
              aria-label={`New name ${i + 1}`}
              placeholder="New name"
              value={to}
              onChange={(event) =>
                change(pairs.map((pair, j) => (j === i ? [from, event.target.value] : pair)))
              }
            />
            <RemoveButton
              label={`Remove pair ${i + 1}`}
              onClick={() => change(pairs.filter((_, j) => j !== i))}
            />
          </div>
        ))}
      </div>
      <MoreButton text="Another column" onClick={() => change([...pairs, ["", ""]])} />
      <p className="mt-1 text-12 text-ink-2">{field.help}</p>
    </fieldset>
  );
}

export function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title="Remove"
      className="flex size-7 shrink-0 items-center justify-center rounded-6 text-ink-3 hover:bg-hover hover:text-bad"
      onClick={onClick}
    >
      <X size={14} aria-hidden />
    </button>
  );
}

export function MoreButton({ text, onClick }: { text: string; onClick: () => void }) {
  return (
    <button type="button" className="btn btn-quiet mt-1 px-2" onClick={onClick}>
      <Plus size={14} aria-hidden />
      {text}
    </button>
  );
}
