import type { CombinePlan, CombineRequest } from "../api/types";
import { count, plural } from "../lib/format";

type Keys = NonNullable<CombineRequest["keys"]>;

interface CombinePlanNoteProps {
  readonly plan: CombinePlan;
  readonly pending: boolean;
  readonly onKeys: (keys: Keys) => void;
  readonly onRun: (keys: Keys | null) => void;
}

/** What a combination would give, lose and double; then the button that carries it out. */
export function CombinePlanNote({ plan, pending, onKeys, onRun }: CombinePlanNoteProps) {
  const { append, join } = plan;
  const warnings = append?.warnings ?? join?.warnings ?? [];
  const rows = append?.n_rows ?? join?.n_rows ?? 0;
  return (
    <div className="rounded-6 bg-sunken p-3" role="status">
      <dl className="nums grid grid-cols-[minmax(0,16rem)_minmax(0,1fr)] gap-x-4 gap-y-1">
        {factsOf(plan).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-2">{name}</dt>
            <dd className="break-words font-medium">{value}</dd>
          </div>
        ))}
      </dl>
      {join && join.suggestions.length > 0 && <KeyChoice join={join} pending={pending} onKeys={onKeys} />}
      {warnings.length > 0 && (
        <ul className="mt-3 list-disc space-y-1 pl-5 text-ink-2">
          {warnings.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <button
        type="button"
        className="btn btn-secondary mt-3"
        disabled={pending}
        onClick={() => onRun(join ? pairs(join.keys) : null)}
      >
        {`Make the table of ${plural(rows, "row")}`}
      </button>
    </div>
  );
}

type Join = NonNullable<CombinePlan["join"]>;

function factsOf({ append, join }: CombinePlan): [string, string][] {
  if (append) {
    return [
      ["Rows of this table", count(append.n_rows_first)],
      ["Rows of the other table", count(append.n_rows_second)],
      ["Rows together", count(append.n_rows)],
      ["Columns in both", count(append.matched.length)],
      ["Only here, empty in the new rows", listed(append.only_first)],
      ["Only there, empty in the present rows", listed(append.only_second)],
    ];
  }
  if (!join) return [];
  const lost = join.how === "inner";
  return [
    ["Rows of this table", count(join.n_rows_first)],
    ["Rows afterwards", count(join.n_rows)],
    [lost ? "Rows lost, without a partner" : "Rows without a partner", count(join.n_without_partner)],
    ["Rows with several partners", count(join.n_multiplied)],
    ["Rows more because of that", count(join.n_extra_rows)],
    ["Rows of the other table not used", count(join.n_unused)],
    ["New columns", listed(join.new_columns)],
  ];
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}

function pairs(keys: Join["keys"]): Keys {
  return keys.map(({ first, second }) => ({ first, second }));
}

interface KeyChoiceProps {
  readonly join: Join;
  readonly pending: boolean;
  readonly onKeys: (keys: Keys) => void;
}

/** The columns that say which rows belong together, with what speaks for each. */
function KeyChoice({ join, pending, onKeys }: KeyChoiceProps) {
  const present = nameOf(join.keys);
  return (
    <fieldset className="mt-3" disabled={pending}>
      <legend className="font-medium">Rows belong together where these are equal</legend>
      {join.suggestions.map((suggestion) => (
        <label key={nameOf(suggestion.keys)} className="mt-1 flex min-h-6 items-start gap-2.5">
          <input
            type="radio"
            name="join-keys"
            className="mt-0.5 size-4 shrink-0 accent-[var(--accent)]"
            checked={nameOf(suggestion.keys) === present}
            onChange={() => onKeys(pairs(suggestion.keys))}
          />
          <span>
            {nameOf(suggestion.keys)}
            <span className="ml-2 text-ink-2">{suggestion.evidence}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function nameOf(keys: Join["keys"]): string {
  return keys.map(({ first, second }) => (first === second ? first : `${first} = ${second}`)).join(" and ");
}
