import { useMutation, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert, Wrench } from "lucide-react";
import { type FormEvent, useState } from "react";
import { api } from "../api/client";
import { jobQuery } from "../api/queries";
import type { ImportReport, ReadOptions } from "../api/types";
import { bytes, percent, plural } from "../lib/format";
import { ErrorNote } from "./ErrorNote";

interface ImportGuessesProps {
  readonly dataset: string;
  readonly report: ImportReport;
  readonly onStarted: () => void;
}

const NAMES: Record<string, string> = {
  encoding: "Encoding",
  delimiter: "Separator",
  quote: "Quotes",
  decimal: "Decimal mark",
  header: "Header",
  sheet: "Sheet",
  member: "Table of the archive",
  dates: "Dates",
  date_order: "Order of dates",
  odd_cells: "Words among numbers",
  missing_markers: "Missing values",
  missing: "Missing values",
};

const VISIBLE: Record<string, string> = {
  "\t": "tab",
  " ": "space",
  ",": "comma  ,",
  ";": "semicolon  ;",
  "|": "bar  |",
  ".": "point  .",
};

function shown(value: string): string {
  return VISIBLE[value] ?? value;
}

/** What the reader decided by looking, how sure it is and why, and a way to say otherwise. */
export function ImportGuesses({ dataset, report, onStarted }: ImportGuessesProps) {
  const [editing, setEditing] = useState(false);
  const guesses = report.guesses ?? [];
  const notes = [
    ...(report.warnings ?? []).map((text) => ({ text, Icon: TriangleAlert })),
    ...(report.repairs ?? []).map((text) => ({ text, Icon: Wrench })),
  ];
  const editable = report.format !== "parquet" && report.format !== "feather";
  return (
    <section className="card min-w-0" aria-label="How the file was read">
      <header className="flex items-center justify-between gap-3 border-b border-line px-4 py-2">
        <h2 className="py-1 text-14 font-semibold">How the file was read</h2>
        {editable && (
          <button
            type="button"
            className="btn btn-quiet"
            data-focus="read-differently"
            aria-expanded={editing}
            onClick={() => setEditing(!editing)}
          >
            Read it differently
          </button>
        )}
      </header>
      {guesses.length > 0 && (
        <dl className="divide-y divide-line">
          {guesses.map((guess) => (
            <div
              key={guess.name}
              className="grid grid-cols-[9rem_9rem_minmax(0,1fr)] gap-x-4 px-4 py-2.5 text-13 max-sm:grid-cols-1"
            >
              <dt className="text-ink-2">{NAMES[guess.name] ?? guess.name.replaceAll("_", " ")}</dt>
              <dd className="font-medium">
                {shown(guess.value)}
                <span className="nums ml-2 text-12 font-normal text-ink-3">
                  {percent(guess.confidence)} sure
                </span>
              </dd>
              <dd className="text-ink-2">{guess.evidence}</dd>
            </div>
          ))}
        </dl>
      )}
      {notes.length > 0 && (
        <ul className="space-y-1.5 border-t border-line px-4 py-3 text-13 text-ink-2">
          {notes.map(({ text, Icon }) => (
            <li key={text} className="flex gap-2">
              <Icon size={15} aria-hidden className="mt-0.5 shrink-0 text-warn" />
              {text}
            </li>
          ))}
        </ul>
      )}
      {editing && (
        <ReadDifferently
          dataset={dataset}
          report={report}
          onStarted={() => {
            setEditing(false);
            onStarted();
          }}
        />
      )}
    </section>
  );
}

const CHOICES = {
  encoding: [
    ["", "find out"],
    ["utf-8", "UTF-8"],
    ["utf-16", "UTF-16"],
    ["latin-1", "Latin-1"],
    ["cp1252", "Windows-1252"],
  ],
  delimiter: [
    ["", "find out"],
    [",", "comma"],
    [";", "semicolon"],
    ["\t", "tab"],
    ["|", "bar"],
    [" ", "space"],
  ],
  decimal: [
    ["", "find out"],
    [".", "point (3.14)"],
    [",", "comma (3,14)"],
  ],
  header: [
    ["", "find out"],
    ["true", "first line holds names"],
    ["false", "no names"],
  ],
  date_order: [
    ["", "find out"],
    ["day_first", "day first (31/12/2025)"],
    ["month_first", "month first (12/31/2025)"],
  ],
  odd_cells: [
    ["missing", "read as missing, and listed"],
    ["keep", "keep the column as text"],
  ],
} as const;

type Part = ImportReport["sheets"][number];

interface PartChoiceProps {
  readonly name: "sheet" | "member";
  readonly word: string;
  readonly parts: readonly Part[];
  readonly chosen: string | null | undefined;
}

/** Which of several tables of a file is read, each with its size. */
function PartChoice({ name, word, parts, chosen }: PartChoiceProps) {
  if (!chosen || parts.length < 2) return null;
  return (
    <label className="block text-13">
      <span className="font-medium">{word}</span>
      <select name={name} className="field mt-1" defaultValue={chosen}>
        {parts.map((part) => (
          <option key={part.name} value={part.name}>
            {partLabel(part)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A table by name and size: `Sales (3 rows × 2 columns)`. */
export function partLabel(part: Part): string {
  const size =
    part.n_rows != null && part.n_columns != null
      ? ` (${plural(part.n_rows, "row")} × ${plural(part.n_columns, "column")})`
      : part.size_bytes
        ? ` (${bytes(part.size_bytes)})`
        : "";
  return `${part.name}${size}${part.is_hidden ? ", hidden" : ""}`;
}

function ReadDifferently({ dataset, report, onStarted }: ImportGuessesProps) {
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: (options: ReadOptions) =>
      api.post("/api/v1/datasets/{dataset_id}/reimport", {
        path: { dataset_id: dataset },
        body: { options },
      }),
    onSuccess: ({ job }) => {
      client.setQueryData(jobQuery(job.id).queryKey, job);
      onStarted();
    },
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "") || null;
    const header = text("header");
    const member = text("member");
    const chosen = {
      encoding: text("encoding"),
      delimiter: text("delimiter"),
      decimal: text("decimal") as "." | "," | null,
      date_order: text("date_order") as "day_first" | "month_first" | null,
      odd_cells: (text("odd_cells") ?? "missing") as "missing" | "keep",
      header: header === null ? null : header === "true",
      member,
      // Another table of the archive has other sheets.
      sheet: member === null || member === report.member ? text("sheet") : null,
    } satisfies Partial<ReadOptions>;
    // What is left out takes the default of the server; the generated type only knows answers, where all is there.
    start.mutate(chosen as ReadOptions);
  };
  const fields = report.sheet
    ? (["header", "date_order", "odd_cells"] as const)
    : (["encoding", "delimiter", "decimal", "header", "date_order", "odd_cells"] as const);
  return (
    <form className="border-t border-line bg-sunken px-4 py-4" onSubmit={onSubmit}>
      <p className="mb-3 text-13 text-ink-2">
        The stored file is read again; nothing is sent a second time. This makes a new version.
      </p>
      <div className="grid grid-cols-3 gap-3 max-lg:grid-cols-2 max-sm:grid-cols-1">
        {fields.map((name) => (
          <label key={name} className="block text-13">
            <span className="font-medium">{NAMES[name]}</span>
            <select name={name} className="field mt-1" defaultValue={CHOICES[name][0][0]}>
              {CHOICES[name].map(([value, word]) => (
                <option key={value} value={value}>
                  {word}
                </option>
              ))}
            </select>
          </label>
        ))}
        <PartChoice
          name="member"
          word="Table of the archive"
          parts={report.members ?? []}
          chosen={report.member}
        />
        <PartChoice name="sheet" word="Sheet" parts={report.sheets ?? []} chosen={report.sheet} />
      </div>
      {start.error && (
        <div className="mt-3">
          <ErrorNote error={start.error} />
        </div>
      )}
      <button type="submit" className="btn btn-secondary mt-4" disabled={start.isPending}>
        Read again
      </button>
    </form>
  );
}
