import { Undo2 } from "lucide-react";
import { useId } from "react";
import type { DatasetVersion, Guess, ImportReport } from "../api/types";
import { percent } from "../lib/format";
import {
  asOption,
  asText,
  type Field,
  fieldsOf,
  foundWord,
  guessFor,
  NONE,
  type Setting,
} from "../lib/reading";
import type { Reading } from "./useReading";

interface ReadingSettingsProps {
  readonly report: ImportReport | null;
  readonly reading: Reading;
  /** The version to which the last reading can be taken back. */
  readonly before?: DatasetVersion | null;
}

/** What the reader decided by looking, how sure it is and why; each in a control that says otherwise. */
export function ReadingSettings({ report, reading, before = null }: ReadingSettingsProps) {
  const fields = fieldsOf(report);
  const guesses = report?.guesses ?? [];
  const isShown = ({ name }: Field) =>
    guessFor(guesses, name) !== undefined || isSaid(reading, name) || name === "member";
  const more = fields.filter((field) => !isShown(field));
  const row = (field: Field) => (
    <SettingRow key={field.name} field={field} guess={guessFor(guesses, field.name)} reading={reading} />
  );
  return (
    <section
      className="card min-w-0"
      aria-label="How the file was read"
      tabIndex={-1}
      data-focus="read-differently"
    >
      <header className="flex min-h-12 items-center justify-between gap-3 border-b border-line px-4 py-2">
        <h2 className="text-14 font-semibold">How the file was read</h2>
        {before && (
          <button
            type="button"
            className="btn btn-quiet"
            disabled={reading.pending}
            onClick={() => reading.readWith(before.read_options)}
          >
            <Undo2 size={15} aria-hidden />
            {`Undo, back to version ${before.number}`}
          </button>
        )}
      </header>
      {fields.length === 0 ? (
        <p className="px-4 py-3 text-13 text-ink-2">
          This format says itself what each column holds. Nothing was guessed.
        </p>
      ) : (
        <div className="divide-y divide-line">{fields.filter(isShown).map(row)}</div>
      )}
      {more.length > 0 && (
        <details className="border-t border-line" open={report === null}>
          <summary className="px-4 py-2.5 text-13 font-medium text-ink-2">
            {report === null ? "Say how it is to be read" : "More settings"}
          </summary>
          <div className="divide-y divide-line border-t border-line">{more.map(row)}</div>
        </details>
      )}
    </section>
  );
}

/** Whether a person has said something about a setting that the reader would otherwise do its own way. */
function isSaid({ wanted }: Reading, name: Setting): boolean {
  const text = asText(wanted, name);
  return text !== "" && !DEFAULTS.has(`${name}:${text}`);
}

const DEFAULTS: ReadonlySet<string> = new Set([
  "total_rows:leave_out",
  "ragged:leave_out",
  "units:set_aside",
  "odd_cells:missing",
]);

interface SettingRowProps {
  readonly field: Field;
  readonly guess: Guess | undefined;
  readonly reading: Reading;
}

function SettingRow({ field, guess, reading }: SettingRowProps) {
  const id = useId();
  const said = isSaid(reading, field.name);
  return (
    <div className="grid grid-cols-[10rem_14rem_minmax(0,1fr)] items-center gap-x-4 gap-y-1 px-4 py-2 text-13 max-md:grid-cols-1">
      <label htmlFor={id} className="text-ink-2">
        {field.title}
      </label>
      <Control id={id} field={field} guess={guess} reading={reading} />
      <p id={`${id}-why`} className="break-words text-ink-2">
        {said ? "you said so" : guess && <Evidence field={field} guess={guess} />}
      </p>
    </div>
  );
}

function Evidence({ field, guess }: { field: Field; guess: Guess }) {
  return (
    <>
      <span className="nums mr-2 font-medium whitespace-nowrap text-ink">
        {percent(guess.confidence)} sure
      </span>
      {field.name === "units" ? `${guess.value}: ${guess.evidence}` : guess.evidence}
    </>
  );
}

function Control({ id, field, guess, reading }: SettingRowProps & { id: string }) {
  const value = asText(reading.wanted, field.name);
  const found = guess ? foundWord(field, guess) : null;
  const shared = {
    id,
    className: "field",
    "aria-describedby": `${id}-why`,
    value,
  };
  const onText = (text: string) => reading.change(asOption(field.name, text));
  if (field.input === "number") {
    return (
      <input
        {...shared}
        inputMode="numeric"
        placeholder={found ?? "none"}
        onChange={(e) => onText(e.target.value)}
      />
    );
  }
  if (field.input === "words") return <MarkerInput {...shared} found={found} onText={onText} />;
  const hasDefault = DEFAULTS.has(`${field.name}:${field.choices[0]?.[0]}`);
  const isOther = value !== "" && value !== NONE && !field.choices.some(([choice]) => choice === value);
  return (
    <select
      {...shared}
      value={hasDefault && value === "" ? field.choices[0]?.[0] : value}
      onChange={(e) => onText(e.target.value)}
    >
      {!hasDefault && <option value="">{found === null ? "find out" : `found: ${found}`}</option>}
      {isOther && <option value={value}>{value}</option>}
      {field.choices.map(([choice, word]) => (
        <option key={choice} value={choice === "" ? NONE : choice}>
          {word}
        </option>
      ))}
    </select>
  );
}

interface MarkerInputProps {
  readonly id: string;
  readonly className: string;
  readonly "aria-describedby": string;
  readonly value: string;
  readonly found: string | null;
  readonly onText: (text: string) => void;
}

/** Words between commas. It keeps what is typed, so that a comma at the end stays while the next word begins. */
function MarkerInput({ value, found, onText, ...shared }: MarkerInputProps) {
  return (
    <input
      {...shared}
      key={value === "" ? "empty" : "filled"}
      defaultValue={value}
      placeholder={found === null ? "such as n/a, -99" : `found: ${found}`}
      onBlur={(e) => onText(e.target.value)}
    />
  );
}
