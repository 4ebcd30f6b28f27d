import {
  Calendar,
  CalendarClock,
  CircleSlash,
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

/** The top of a column: name, shape, range or top values, and what share is empty. */
export function ColumnHeader({
  profile,
  target,
  width,
}: {
  profile: ColumnProfile;
  target: boolean;
  width: number;
}) {
  const inner = width - 24;
  return (
    <div className="flex h-full flex-col gap-1.5">
      <div className="flex items-center gap-1.5 text-13 font-semibold">
        <KindIcon kind={profile.kind} />
        <span className="truncate" title={profile.name}>
          {profile.name}
        </span>
      </div>
      <div className="h-11">
        <Shape profile={profile} target={target} width={inner} />
      </div>
      <div className="nums mt-auto flex justify-between gap-2 text-11 text-ink-2">
        <span className="truncate">{range(profile)}</span>
        {profile.missing > 0 && (
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

function Shape({ profile, target, width }: { profile: ColumnProfile; target: boolean; width: number }) {
  if (profile.kind === "identifier") {
    return <p className="text-11 text-ink-3">{plural(profile.distinct, "unique value")}</p>;
  }
  if (profile.histogram) {
    return <MiniBars counts={profile.histogram.counts} width={width} tone={target ? "target" : "plain"} />;
  }
  const top = (profile.top_values ?? []).slice(0, 3);
  const most = top[0]?.share ?? 1;
  if (top.length === 0) return <p className="text-11 text-ink-3">no values</p>;
  return (
    <ul className="space-y-[3px]">
      {top.map((value) => (
        <li key={value.value} className="flex h-3 items-center gap-1.5 text-11 leading-none text-ink-3">
          <span
            aria-hidden
            className="h-2 shrink-0 rounded-[1px]"
            style={{
              width: Math.max(2, (value.share / most) * width * 0.3),
              background: target ? "var(--bar-target)" : "var(--bar)",
            }}
          />
          <span className="truncate">{value.value}</span>
          <span className="nums shrink-0">{percent(value.share)}</span>
        </li>
      ))}
    </ul>
  );
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

/** The header of a plain preview: what the column holds and its name. */
export function PlainHeader({ name, kind }: { name: string; kind: ColumnKind }) {
  return (
    <div className="flex h-full items-center gap-1.5 text-13 font-semibold">
      <KindIcon kind={kind} />
      <span className="truncate" title={name}>
        {name}
      </span>
    </div>
  );
}
