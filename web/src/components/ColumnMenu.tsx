import { ArrowDown, ArrowUp, X } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { ColumnKind, ColumnProfile } from "../api/types";
import { type Bar, barsOf, type Filter, type Sort, sortWords } from "../lib/filters";
import { plural } from "../lib/format";
import { MenuItem } from "./Menu";

interface ColumnMenuProps {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly profile: ColumnProfile | undefined;
  readonly anchor: HTMLElement;
  readonly sort: Sort | null;
  readonly filter: Filter | undefined;
  readonly onSort: (sort: Sort | null) => void;
  readonly onFilter: (filter: Filter | null) => void;
  readonly onClose: () => void;
}

/** What the header of a column offers: order, and which rows are seen. Everything at once applies and closes it. */
export function ColumnMenu(props: ColumnMenuProps) {
  const { name, kind, profile, anchor, sort, filter, onSort, onFilter, onClose } = props;
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = panel.current;
    if (element === null) return;
    element.showPopover?.();
    const box = anchor.getBoundingClientRect();
    const left = Math.min(box.left, window.innerWidth - element.offsetWidth - 8);
    const top = Math.min(box.bottom + 6, window.innerHeight - element.offsetHeight - 8);
    element.style.inset = `${Math.max(8, top)}px auto auto ${Math.max(8, left)}px`;
    element.querySelector("button")?.focus();
  }, [anchor]);
  const apply = (next: Filter | null) => {
    onFilter(next);
    onClose();
  };
  const order = (descending: boolean) => {
    const same = sort?.descending === descending;
    onSort(same ? null : { column: name, descending });
    onClose();
  };
  const words = kind === "text" || kind === "category" || kind === "identifier";
  const measured = kind === "integer" || kind === "decimal" || kind === "date" || kind === "datetime";
  return (
    <div
      ref={panel}
      popover="auto"
      role="dialog"
      aria-label={`Sort and filter ${name}`}
      className="fixed max-h-[min(32rem,calc(100dvh-16px))] w-72 overflow-y-auto rounded-10 border border-line-strong bg-surface p-1.5 shadow-raised"
      onToggle={(event) => {
        if (event.newState === "closed") onClose();
      }}
    >
      <MenuItem
        icon={<ArrowUp size={15} aria-hidden />}
        pressed={sort?.descending === false}
        onClick={() => order(false)}
      >
        {`Sort ${sortWords(false, kind)}`}
      </MenuItem>
      <MenuItem
        icon={<ArrowDown size={15} aria-hidden />}
        pressed={sort?.descending === true}
        onClick={() => order(true)}
      >
        {`Sort ${sortWords(true, kind)}`}
      </MenuItem>
      {filter && (
        <MenuItem icon={<X size={15} aria-hidden />} onClick={() => apply(null)}>
          Remove the filter
        </MenuItem>
      )}
      <div className="mt-1 space-y-3 border-t border-line p-2.5">
        {profile && <Values name={name} profile={profile} filter={filter} onFilter={apply} />}
        {measured && <RangeForm name={name} kind={kind} filter={filter} onFilter={apply} />}
        {words && <TextForm name={name} filter={filter} onFilter={apply} />}
        {profile && profile.missing > 0 && (
          <div className="flex gap-2">
            <Choice pressed={filter?.op === "empty"} onClick={() => apply({ column: name, op: "empty" })}>
              Only empty
            </Choice>
            <Choice pressed={filter?.op === "filled"} onClick={() => apply({ column: name, op: "filled" })}>
              Only filled
            </Choice>
          </div>
        )}
      </div>
    </div>
  );
}

interface ChoiceProps {
  readonly pressed: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function Choice({ pressed, onClick, children }: ChoiceProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      className="btn btn-secondary grow aria-pressed:bg-accent-soft aria-pressed:text-accent-text"
      onClick={onClick}
    >
      {children}
    </button>
  );
}

interface FilterFormProps {
  readonly name: string;
  readonly filter: Filter | undefined;
  readonly onFilter: (filter: Filter | null) => void;
}

/** The bars of the header as a list: bins to choose one of, or the most frequent values to choose some of. */
function Values({ name, profile, filter, onFilter }: FilterFormProps & { profile: ColumnProfile }) {
  const id = useId();
  const bars = barsOf(profile);
  const [chosen, setChosen] = useState<readonly unknown[]>(filter?.op === "is" ? (filter.values ?? []) : []);
  if (bars.length === 0) return null;
  if (profile.histogram) {
    const current = bars.findIndex((bar) => JSON.stringify(bar.filter) === JSON.stringify(filter));
    return (
      <label htmlFor={id} className="block text-13">
        <span className="font-medium">Rows of one bar</span>
        <select
          id={id}
          className="field mt-1"
          value={current}
          onChange={(event) => onFilter(bars[Number(event.target.value)]?.filter ?? null)}
        >
          <option value={-1}>Choose a bar</option>
          {bars.map((bar, i) => (
            <option key={bar.words} value={i}>
              {`${bar.words} (${plural(bar.count, "row")})`}
            </option>
          ))}
        </select>
      </label>
    );
  }
  const value = (bar: Bar) => bar.filter.values?.[0];
  const toggle = (one: unknown) =>
    setChosen(chosen.includes(one) ? chosen.filter((v) => v !== one) : [...chosen, one]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onFilter(chosen.length > 0 ? { column: name, op: "is", values: chosen as string[] } : null);
      }}
    >
      <fieldset>
        <legend className="text-13 font-medium">Values</legend>
        <div className="mt-1 max-h-44 overflow-y-auto">
          {bars.map((bar) => (
            <label key={bar.words} className="flex min-h-7 items-center gap-2 text-13">
              <input
                type="checkbox"
                checked={chosen.includes(value(bar))}
                onChange={() => toggle(value(bar))}
              />
              <span className="min-w-0 truncate">{bar.words === "" ? "(blank)" : bar.words}</span>
              <span className="nums ml-auto shrink-0 text-12 text-ink-2">{plural(bar.count, "row")}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <button type="submit" className="btn btn-secondary mt-2 w-full">
        Show these values
      </button>
    </form>
  );
}

/** From and to; either may stay open. */
function RangeForm({ name, kind, filter, onFilter }: FilterFormProps & { kind: ColumnKind }) {
  const range = filter?.op === "range" ? filter : undefined;
  const [low, setLow] = useState(String(range?.low ?? ""));
  const [high, setHigh] = useState(String(range?.high ?? ""));
  const type = kind === "date" ? "date" : "text";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const ends = { low: low.trim() || null, high: high.trim() || null };
    const same = ends.low === String(range?.low ?? "") && ends.high === String(range?.high ?? "");
    if (ends.low === null && ends.high === null) onFilter(null);
    else onFilter(same && range ? range : { column: name, op: "range", ...ends });
  };
  return (
    <form onSubmit={submit} className="grid grid-cols-2 gap-2">
      <label className="block min-w-0 text-13">
        <span className="font-medium">From</span>
        <input className="field mt-1" type={type} value={low} onChange={(e) => setLow(e.target.value)} />
      </label>
      <label className="block min-w-0 text-13">
        <span className="font-medium">To</span>
        <input className="field mt-1" type={type} value={high} onChange={(e) => setHigh(e.target.value)} />
      </label>
      <button type="submit" className="btn btn-secondary col-span-2">
        Show this range
      </button>
    </form>
  );
}

function TextForm({ name, filter, onFilter }: FilterFormProps) {
  const [part, setPart] = useState(filter?.op === "contains" ? String(filter.values?.[0] ?? "") : "");
  return (
    <form
      className="flex items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onFilter(part === "" ? null : { column: name, op: "contains", values: [part] });
      }}
    >
      <label className="block min-w-0 grow text-13">
        <span className="font-medium">Contains</span>
        <input
          className="field mt-1"
          maxLength={200}
          value={part}
          onChange={(e) => setPart(e.target.value)}
        />
      </label>
      <button type="submit" className="btn btn-secondary shrink-0">
        Find
      </button>
    </form>
  );
}
