import type { TableProfile } from "../api/types";
import { number } from "../lib/format";

interface QualityCardProps {
  readonly profile: TableProfile;
  readonly onShow: (column: string) => void;
}

/** The quality score, what it is made of, and which columns cost it points. */
export function QualityCard({ profile, onShow }: QualityCardProps) {
  const { quality } = profile;
  const losers = profile.columns
    .filter((c) => Object.keys(c.quality_losses ?? {}).length > 0)
    .sort((a, b) => a.quality - b.quality);
  return (
    <section className="card shrink-0" aria-label="Data quality">
      <header className="flex items-baseline justify-between gap-3 px-4 pt-3.5">
        <h2 className="text-14 font-semibold">Data quality</h2>
        <p className="nums font-serif text-20 font-semibold">
          {number(Math.round(quality.score * 10) / 10)}
          <span className="text-13 font-normal text-ink-2"> of 100</span>
        </p>
      </header>
      <ul className="space-y-2 px-4 py-3">
        {Object.entries(quality.dimensions).map(([name, value]) => (
          <li key={name} className="grid grid-cols-[7rem_1fr_2.5rem] items-center gap-2 text-13">
            <span className="text-ink-2 capitalize">{name}</span>
            <span aria-hidden className="h-1.5 overflow-hidden rounded-full bg-line">
              <span
                className="block h-full rounded-full bg-[var(--bar)]"
                style={{ width: `${Math.min(100, Math.max(0, value))}%` }}
              />
            </span>
            <span className="nums text-right">{number(Math.round(value * 10) / 10)}</span>
          </li>
        ))}
      </ul>
      <details className="border-t border-line px-4 py-3 text-13">
        <summary className="text-ink-2">Formula and lost points per column</summary>
        <p className="mt-2 text-ink-2">{quality.formula}</p>
        <ul className="nums mt-2 space-y-1.5">
          {losers.map((column) => (
            <li key={column.name}>
              <button type="button" className="link" onClick={() => onShow(column.name)}>
                {column.name}
              </button>
              <span className="text-ink-2">
                {" "}
                {Object.entries(column.quality_losses ?? {})
                  .map(([dimension, points]) => `−${number(Math.round(points * 10) / 10)} ${dimension}`)
                  .join(", ")}
              </span>
            </li>
          ))}
        </ul>
        {losers.length === 0 && <p className="mt-2">No column loses points.</p>}
      </details>
    </section>
  );
}
