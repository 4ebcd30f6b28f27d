import type { ProfileOverview } from "../api/types";
import { number, plural } from "../lib/format";

interface QualityCardProps {
  readonly profile: ProfileOverview;
  readonly onShow: (column: string) => void;
}

/** The quality score, what it is made of, and which columns cost it points. */
export function QualityCard({ profile, onShow }: QualityCardProps) {
  const { quality, losses, n_losses } = profile;
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
          {losses.map((item) => (
            <li key={item.column}>
              <button type="button" className="link" onClick={() => onShow(item.column)}>
                {item.column}
              </button>
              <span className="text-ink-2">
                {" "}
                {Object.entries(item.losses)
                  .map(([dimension, points]) => `−${number(Math.round(points * 10) / 10)} ${dimension}`)
                  .join(", ")}
              </span>
            </li>
          ))}
        </ul>
        {n_losses === 0 && <p className="mt-2">No column loses points.</p>}
        {n_losses > losses.length && (
          <p className="nums mt-2 text-ink-2">
            {`${plural(n_losses - losses.length, "further column loses", "further columns lose")} points.`}
          </p>
        )}
      </details>
    </section>
  );
}
