import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useId, useState } from "react";
import type { PersonalChoices, PersonalColumn } from "../api/types";
import { plural } from "../lib/format";

type Choice = PersonalChoices[string];

const CHOICES: readonly (readonly [choice: Choice, word: string])[] = [
  ["keep", "keep as it is"],
  ["hash", "mask: equal values, equal codes"],
  ["redact", "mask: every value becomes ***"],
  ["generalize", "mask: coarser (mail domain, year, size)"],
  ["drop", "remove the column"],
];

interface PersonalDataProps {
  readonly columns: readonly PersonalColumn[];
  readonly fileKept: boolean;
  readonly pending: boolean;
  readonly onDecide: (choices: PersonalChoices, deleteFile: boolean) => void;
}

/** Columns that tell who somebody is, with what speaks for it; what happens to them is decided here. */
export function PersonalData({ columns, fileKept, pending, onDecide }: PersonalDataProps) {
  const id = useId();
  const [chosen, setChosen] = useState<Readonly<Record<string, Choice>>>({});
  const [deleteFile, setDeleteFile] = useState(false);
  if (columns.length === 0) return null;
  const choiceOf = (column: PersonalColumn): Choice | "" =>
    chosen[column.name] ?? (column.decided ? column.treatment : "");
  const open = columns.filter((column) => !column.decided);
  const isComplete = columns.every((column) => choiceOf(column) !== "");
  const hides = columns.some((column) => !["", "keep"].includes(choiceOf(column)));
  const isNew =
    deleteFile || columns.some((column) => !column.decided || choiceOf(column) !== column.treatment);
  const Icon = open.length > 0 ? ShieldAlert : ShieldCheck;
  return (
    <form
      className={`card p-4 ${open.length > 0 ? "border-warn/50 bg-warn-soft" : ""}`}
      aria-labelledby={`${id}-title`}
      onSubmit={(event) => {
        event.preventDefault();
        const choices = columns.flatMap((column) => {
          const choice = choiceOf(column);
          return choice === "" ? [] : [[column.name, choice] as const];
        });
        onDecide(Object.fromEntries(choices), deleteFile && hides);
      }}
    >
      <h2 id={`${id}-title`} className="flex items-center gap-2 font-serif text-17 font-semibold">
        <Icon size={18} aria-hidden className={`shrink-0 ${open.length > 0 ? "text-warn" : "text-good"}`} />
        {open.length > 0
          ? `Personal data: ${plural(open.length, "column")} to decide about`
          : "Personal data: decided"}
      </h2>
      {open.length > 0 && (
        <p className="mt-1 text-13 text-ink-2">
          Until you decide, codes stand in place of the values, here and for everybody else.
        </p>
      )}
      <ul className="mt-3 space-y-3">
        {columns.map((column, index) => (
          <li
            key={column.name}
            className="grid grid-cols-[minmax(0,1fr)_18rem] items-center gap-x-6 gap-y-1 text-13 max-md:grid-cols-1"
          >
            <div className="min-w-0">
              <label htmlFor={`${id}-${index}`} className="font-medium break-words">
                {column.title === "" ? column.name : `${column.name}: ${column.title}`}
              </label>
              <p id={`${id}-${index}-why`} className="break-words text-ink-2">
                {column.evidence}
              </p>
            </div>
            <select
              id={`${id}-${index}`}
              className="field"
              aria-describedby={`${id}-${index}-why`}
              disabled={!fileKept}
              value={choiceOf(column)}
              onChange={(event) => setChosen({ ...chosen, [column.name]: event.target.value as Choice })}
            >
              {choiceOf(column) === "" && <option value="">hidden, not decided yet</option>}
              {CHOICES.map(([choice, word]) => (
                <option key={choice} value={choice}>
                  {word}
                </option>
              ))}
            </select>
          </li>
        ))}
      </ul>
      {fileKept ? (
        <>
          {hides && (
            <fieldset className="mt-4 text-13">
              <legend className="font-medium">The file as you sent it</legend>
              <FileChoice
                name={`${id}-file`}
                checked={!deleteFile}
                onChoose={() => setDeleteFile(false)}
                text="Keep it, so that this can be changed. Nobody can open or download it."
              />
              <FileChoice
                name={`${id}-file`}
                checked={deleteFile}
                onChoose={() => setDeleteFile(true)}
                text="Delete it. What is masked or removed cannot be brought back, nor the file be read differently."
              />
            </fieldset>
          )}
          <button
            type="submit"
            className="btn btn-secondary mt-4"
            disabled={pending || !isComplete || !isNew}
            aria-describedby={`${id}-effect`}
          >
            Use these choices
          </button>
          <p id={`${id}-effect`} className="mt-1.5 text-12 text-ink-2">
            The file is read again. Earlier versions that show what you mask or remove are deleted.
          </p>
        </>
      ) : (
        <p className="mt-3 text-13 text-ink-2">The file was deleted, so this can no longer be changed.</p>
      )}
    </form>
  );
}

interface FileChoiceProps {
  readonly name: string;
  readonly checked: boolean;
  readonly onChoose: () => void;
  readonly text: string;
}

function FileChoice({ name, checked, onChoose, text }: FileChoiceProps) {
  return (
    <label className="mt-1 flex min-h-6 items-start gap-2.5">
      <input
        type="radio"
        name={name}
        className="mt-0.5 size-4 shrink-0 accent-[var(--accent)]"
        checked={checked}
        onChange={onChoose}
      />
      <span>{text}</span>
    </label>
  );
}
