import {
  ArrowDown,
  ArrowUp,
  Calendar,
  CalendarClock,
  ChevronDown,
  CircleSlash,
  Funnel,
  Hash,
  KeyRound,
  type LucideIcon,
  Minus,
  Tag,
  Target,
  TextQuote,
  ToggleLeft,
} from "lucide-react";
import type { ColumnKind, ColumnProfile } from "../api/types";
import { MiniBars } from "../charts/MiniBars";
import { type Bar, barsOf, type Filter, nameWithoutUnit, type Sort, sortWords } from "../lib/filters";
import { brief, cell, percent, plural } from "../lib/format";

const KINDS: Record<ColumnKind, { Icon: LucideIcon; word: string }> = {
  integer: { Icon: Hash, word: "whole number" },
  decimal: { Icon: Hash, word: "number" },
  boolean: { Icon: ToggleLeft, word: "yes or no" },
  date: { Icon: Calendar, word: "date" },
  datetime: { Icon: CalendarClock, word: "date and time" },
  category: { Icon: Tag, word: "category" },
  text: { Icon: TextQuote, word: "text" },
  identifier: { Icon: KeyRound, word: "identifier" },
  constant: { Icon: Minus, word: "one value only" },
  empty: { Icon: CircleSlash, word: "empty" },
};

export function kindWord(kind: ColumnKind): string {
  return KINDS[kind]?.word ?? kind;
}

/** What a column holds, as an icon with its word. */
export function KindIcon({
  kind,
  size = 14,
  silent = false,
}: {
  kind: ColumnKind;
  size?: number;
  silent?: boolean;
}) {
  const { Icon, word } = KINDS[kind] ?? { Icon: Tag, word: kind };
  if (silent) return <Icon size={size} aria-hidden className="shrink-0 text-ink-3" />;
  return <Icon size={size} role="img" aria-label={word} className="shrink-0 text-ink-3" />;
}

/** Width of a column in the grid: enough for its name and for what it usually holds. */
export function columnWidth(name: string, kind: ColumnKind): number {
  const base =
    kind === "text" ? 220 : kind === "datetime" ? 160 : kind === "category" || kind === "date" ? 140 : 128;
  return Math.max(base, Math.min(260, name.length * 7.6 + 52));
}

interface ColumnHeaderProps {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly unit: string | undefined;
  /** Undefined while it is on its way. */
  readonly profile: ColumnProfile | undefined;
  readonly target: boolean;
  readonly width: number;
  readonly sort: Sort | null;
  readonly filter: Filter | undefined;
  readonly onMenu: (button: HTMLElement) => void;
  readonly onBar: (bar: Bar) => void;
}

/** The top of a column: name with unit, shape, range or top values, what share is empty, and its menu. */
export function ColumnHeader(props: ColumnHeaderProps) {
  const { name, kind, unit, profile, target, width, sort, filter, onMenu, onBar } = props;
  const inner = width - 24;
  const Arrow = sort?.descending ? ArrowDown : ArrowUp;
  return (
    <div className="flex h-full flex-col gap-1">
      <button
        type="button"
        // The grid is one stop of the Tab key: Enter on the header opens this menu.
        tabIndex={-1}
        data-menu={name}
        aria-haspopup="dialog"
        aria-label={`Sort and filter ${name}`}
        className="-mx-1.5 flex min-h-6 items-center gap-1.5 rounded-4 px-1.5 text-left text-13 font-semibold hover:bg-hover"
        onClick={(event) => onMenu(event.currentTarget)}
      >
        <KindIcon kind={kind} />
        <span className="min-w-0 truncate" title={name}>
          {nameWithoutUnit(name, unit)}
        </span>
        {unit !== undefined && <span className="shrink-0 text-12 font-normal text-ink-2">{unit}</span>}
        <span className="ml-auto flex shrink-0 items-center gap-1 text-accent-text">
          {filter && <Funnel size={12} role="img" aria-label="filtered" />}
          {sort && <Arrow size={13} role="img" aria-label={`sorted, ${sortWords(sort.descending, kind)}`} />}
          {!filter && !sort && <ChevronDown size={13} aria-hidden className="text-ink-3" />}
        </span>
      </button>
      <div className="h-11">
        {profile && <Shape profile={profile} target={target} width={inner} filter={filter} onBar={onBar} />}
      </div>
      <div className="nums mt-auto flex justify-between gap-2 text-11 text-ink-2">
        <span className="truncate">{profile && range(profile)}</span>
        {profile && profile.missing > 0 && (
          <span className="shrink-0 font-medium text-warn">{percent(profile.missing_share)} empty</span>
        )}
        {target && (
          <span className="inline-flex shrink-0 items-center gap-1 font-medium">
            <Target size={12} aria-hidden />
            target
          </span>
        )}
      </div>
    </div>
  );
}

interface ShapeProps {
  readonly profile: ColumnProfile;
  readonly target: boolean;
  readonly width: number;
  readonly filter: Filter | undefined;
  readonly onBar: (bar: Bar) => void;
}

function Shape({ profile, target, width, filter, onBar }: ShapeProps) {
  if (profile.kind === "identifier") {
    return <p className="text-11 text-ink-3">{plural(profile.distinct, "unique value")}</p>;
  }
  const bars = barsOf(profile);
  const chosen = bars.findIndex((bar) => isSame(bar.filter, filter));
  if (profile.histogram) {
    return (
      <MiniBars bars={bars} chosen={chosen} onBar={onBar} width={width} tone={target ? "target" : "plain"} />
    );
  }
  const top = (profile.top_values ?? []).slice(0, 3);
  const most = top[0]?.share ?? 1;
  if (top.length === 0) return <p className="text-11 text-ink-3">no values</p>;
  return (
    <ul className="space-y-[3px]">
      {top.map((value, i) => {
        const bar = bars[i];
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the menu of the column offers the same by keyboard
          <li
            key={value.value}
            className={`flex h-3 cursor-pointer items-center gap-1.5 text-11 leading-none hover:text-ink ${i === chosen ? "text-ink" : "text-ink-3"}`}
            onClick={() => bar && onBar(bar)}
          >
            <span
              aria-hidden
              className="h-2 shrink-0 rounded-[1px]"
              style={{
                width: Math.max(2, (value.share / most) * width * 0.3),
                background: i === chosen ? "var(--accent)" : target ? "var(--bar-target)" : "var(--bar)",
              }}
            />
            <span className="truncate">{value.value}</span>
            <span className="nums shrink-0">{percent(value.share)}</span>
          </li>
        );
      })}
    </ul>
  );
}

function isSame(a: Filter, b: Filter | undefined): boolean {
  return b !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

function range(profile: ColumnProfile): string {
  const { minimum, maximum, kind, distinct } = profile;
  if (kind === "identifier" || kind === "empty") return "";
  if (
    minimum === null ||
    maximum === null ||
    minimum === undefined ||
    maximum === undefined ||
    kind === "category" ||
    kind === "boolean" ||
    kind === "text"
  ) {
    return plural(distinct, "value");
  }
  if (typeof minimum === "number" && typeof maximum === "number")
    return `${brief(minimum)} – ${brief(maximum)}`;
  const low = cell(minimum, kind).slice(0, 10);
  const high = cell(maximum, kind).slice(0, 10);
  return low.slice(0, 7) !== high.slice(0, 7)
    ? `${low.slice(0, 7)} – ${high.slice(0, 7)}`
    : `${low} – ${high.slice(8)}`;
}
