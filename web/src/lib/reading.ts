/** How a file may be read differently: which settings a format has, their words, and what was changed. */
import type { Guess, ImportReport, Question, ReadOptions } from "../api/types";
import { bytes, plural } from "./format";

export type Setting = Exclude<keyof ReadOptions, "kinds" | "personal">;
export type Changes = Partial<ReadOptions>;

export interface Field {
  readonly name: Setting;
  readonly title: string;
  readonly input: "choice" | "number" | "words";
  readonly choices: readonly (readonly [value: string, word: string])[];
}

const NO_YES = (keep: string, other: string, word: string, otherWord: string) =>
  [
    [keep, word],
    [other, otherWord],
  ] as const;

const CHOICES: Partial<Record<Setting, Field["choices"]>> = {
  encoding: [
    ["utf-8", "UTF-8"],
    ["utf-16", "UTF-16"],
    ["cp1252", "Windows-1252 (Western)"],
    ["latin-1", "Latin-1 (Western)"],
    ["iso-8859-15", "Latin-9 (Western with €)"],
    ["cp1250", "Windows-1250 (Central European)"],
    ["iso-8859-2", "Latin-2 (Central European)"],
    ["cp1251", "Windows-1251 (Cyrillic)"],
    ["koi8-r", "KOI8-R (Cyrillic)"],
    ["cp1253", "Windows-1253 (Greek)"],
    ["cp1254", "Windows-1254 (Turkish)"],
    ["shift_jis", "Shift JIS (Japanese)"],
    ["gb18030", "GB 18030 (Chinese)"],
    ["big5", "Big5 (Chinese)"],
    ["euc_kr", "EUC-KR (Korean)"],
    ["mac-roman", "Mac Roman"],
    ["cp850", "DOS 850"],
  ],
  delimiter: [
    [",", "comma ,"],
    [";", "semicolon ;"],
    ["\t", "tab"],
    ["|", "bar |"],
    [" ", "space"],
    [":", "colon :"],
  ],
  quote: [
    ['"', 'double quotes "'],
    ["'", "single quotes '"],
    ["", "none"],
  ],
  decimal: [
    [".", "point (3.14)"],
    [",", "comma (3,14)"],
  ],
  thousands: [
    [",", "comma (1,000)"],
    [".", "point (1.000)"],
    [" ", "space (1 000)"],
    ["'", "apostrophe (1'000)"],
    ["", "none (1000)"],
  ],
  header_rows: [
    ["0", "no names"],
    ["1", "one line"],
    ["2", "two lines, joined"],
    ["3", "three lines, joined"],
  ],
  header: [
    ["true", "first row holds names"],
    ["false", "no names"],
  ],
  date_order: [
    ["day_first", "day first (31/12/2025)"],
    ["month_first", "month first (12/31/2025)"],
  ],
  total_rows: NO_YES("leave_out", "keep", "leave out and list", "keep as rows"),
  ragged: NO_YES("leave_out", "fill", "leave out and list", "keep, fill up or cut off"),
  units: NO_YES("set_aside", "keep", "set aside, read the number", "keep the column as text"),
  odd_cells: NO_YES("missing", "keep", "read as missing and list", "keep the column as text"),
};

export const TITLES: Record<Setting, string> = {
  encoding: "Encoding",
  delimiter: "Separator",
  quote: "Quotes",
  decimal: "Decimal mark",
  thousands: "Thousands mark",
  skip_lines: "Lines before the table",
  header: "Header",
  header_rows: "Header",
  date_order: "Order of dates",
  missing_markers: "Missing values",
  total_rows: "Total rows",
  ragged: "Rows of the wrong length",
  units: "Currency and percent signs",
  odd_cells: "Words among numbers",
  sheet: "Sheet",
  member: "File of the archive",
};

const TEXT: readonly Setting[] = [
  "encoding",
  "skip_lines",
  "delimiter",
  "quote",
  "header_rows",
  "decimal",
  "thousands",
  "date_order",
  "missing_markers",
  "total_rows",
  "ragged",
  "units",
  "odd_cells",
];
const VALUES: readonly Setting[] = [
  "decimal",
  "thousands",
  "date_order",
  "missing_markers",
  "units",
  "odd_cells",
];
const WORKBOOK: readonly Setting[] = ["sheet", "header", ...VALUES];
const BY_FORMAT: Record<ImportReport["format"], readonly Setting[]> = {
  csv: TEXT,
  xlsx: WORKBOOK,
  xls: WORKBOOK,
  ods: WORKBOOK,
  json: ["encoding", ...VALUES],
  jsonl: ["encoding", ...VALUES],
  parquet: [],
  feather: [],
  sqlite: ["date_order", "missing_markers", "units", "odd_cells"],
};

/** The settings that make a difference for this file, in the order in which a person meets them. */
export function fieldsOf(report: Pick<ImportReport, "format" | "sheets" | "members"> | null): Field[] {
  const names = report === null ? TEXT : BY_FORMAT[report.format];
  const members = (report?.members ?? []).length > 1 ? (["member"] as const) : [];
  return [...members, ...names].map((name) => ({
    name,
    title: name === "member" && report?.format === "sqlite" ? "Table of the database" : TITLES[name],
    input: name === "skip_lines" ? "number" : name === "missing_markers" ? "words" : "choice",
    choices:
      name === "sheet" || name === "member"
        ? (report?.[`${name}s`] ?? []).map((part) => [part.name, partLabel(part)] as const)
        : (CHOICES[name] ?? []),
  }));
}

/** Whether the kind of single columns can be overruled: the formats whose cells arrive as text or loose values. */
export function hasKinds(report: Pick<ImportReport, "format"> | null): boolean {
  return report !== null && BY_FORMAT[report.format].length > 0;
}

/** The text of an option as a control shows it; empty: left to the reader. */
export function asText(options: Changes, name: Setting): string {
  const value = options[name];
  if (value === null || value === undefined) return name === "header_rows" ? headerText(options.header) : "";
  if (value === "" && (name === "quote" || name === "thousands")) return NONE;
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** Stands for the empty mark in a control, where empty means "find out". */
export const NONE = "none";

function headerText(header: boolean | null | undefined): string {
  return header === null || header === undefined ? "" : header ? "1" : "0";
}

/** What the text of a control means as an option. */
export function asOption(name: Setting, text: string): Changes {
  const said = text === "" ? null : text;
  if (name === "skip_lines") return { skip_lines: wholeNumber(said) };
  if (name === "header_rows") return { header_rows: wholeNumber(said), header: null };
  if (name === "header") return { header: said === null ? null : said === "true" };
  if (name === "missing_markers") {
    const words = text
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== "");
    return { missing_markers: words.length === 0 ? null : words };
  }
  // Another table of the archive has other sheets.
  if (name === "member") return { member: said, sheet: null };
  if (said === NONE && (name === "quote" || name === "thousands")) return { [name]: "" };
  return { [name]: said };
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text) : null;
}

/** The guess behind a setting: with several header lines, their number says more than their presence. */
export function guessFor(guesses: readonly Guess[], name: Setting): Guess | undefined {
  const named = (wanted: string) => guesses.find((guess) => guess.name === wanted);
  return named(name) ?? (name === "header_rows" ? named("header") : undefined);
}

const WORDS: Record<string, string> = {
  comma: "comma ,",
  semicolon: "semicolon ;",
  pipe: "bar |",
};

/** What the reader found, in the words of the choices. */
export function foundWord(field: Field, guess: Guess): string {
  if (field.name === "header" || field.name === "header_rows") {
    const lines = guess.name === "header_rows" ? guess.value : guess.value === "yes" ? "1" : "0";
    const value = field.name === "header" ? String(lines !== "0") : lines;
    return field.choices.find(([choice]) => choice === value)?.[1] ?? `${lines} lines`;
  }
  const word = field.choices.find(([value]) => value === guess.value)?.[1];
  return word ?? WORDS[guess.value] ?? guess.value;
}

/** The settings that differ from those in force, by the titles a person knows; columns by their names. */
export function changedTitles(inForce: Changes, changes: Changes): string[] {
  const titles = new Set<string>();
  for (const name of Object.keys(TITLES) as Setting[]) {
    if (name in changes && asText({ ...inForce, ...changes }, name) !== asText(inForce, name)) {
      titles.add(TITLES[name]);
    }
  }
  const kinds = changes.kinds ?? inForce.kinds ?? {};
  const before = inForce.kinds ?? {};
  for (const column of new Set([...Object.keys(kinds), ...Object.keys(before)])) {
    if (kinds[column] !== before[column]) titles.add(`Kind of ${column}`);
  }
  return [...titles];
}

/** The reader's own questions, and which sheet of several is meant as long as nobody has said it. */
export function openQuestions(report: ImportReport, inForce: Changes): Question[] {
  const asked = report.questions ?? [];
  const sheets = report.sheets ?? [];
  if (sheets.length < 2 || inForce.sheet || asked.some((question) => question.name === "sheet"))
    return [...asked];
  const sheet: Question = {
    name: "sheet",
    text: "Which sheet of the workbook do you want?",
    column: null,
    assumed: report.sheet ?? sheets[0]?.name ?? "",
    effect: "Only one sheet is read; the others stay in the file.",
    choices: sheets.map((part) => ({ value: part.name, text: partLabel(part) })),
  };
  return [sheet, ...asked];
}

type Part = ImportReport["sheets"][number];

/** A table by name and size: `Sales (3 rows × 2 columns)`. */
export function partLabel(part: Part): string {
  const { n_rows: rows, n_columns: columns, size_bytes: size } = part;
  const words =
    typeof rows === "number" && typeof columns === "number"
      ? ` (${plural(rows, "row")} × ${plural(columns, "column")})`
      : size
        ? ` (${bytes(size)})`
        : "";
  return `${part.name}${words}${part.is_hidden ? ", hidden" : ""}`;
}
