import { useEffect, useRef, useState } from "react";

interface ProgressBarProps {
  /** 0 to 1, as the server or the connection reports it; null while nothing is known. */
  readonly share: number | null;
  readonly label: string;
  readonly slim?: boolean;
}

/** How far real work is. Without a share it says so by a quiet pulse and no invented number. */
export function ProgressBar({ share, label, slim = false }: ProgressBarProps) {
  const known = share === null ? null : Math.min(1, Math.max(0, share));
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(known === null ? {} : { "aria-valuenow": Math.round(known * 100) })}
      className={`${slim ? "h-1" : "h-1.5"} w-full overflow-hidden rounded-full bg-line`}
    >
      <div
        className={`h-full rounded-full bg-accent ${known === null ? "skeleton w-full" : "transition-[width] duration-300"}`}
        style={known === null ? undefined : { width: `${known * 100}%` }}
      />
    </div>
  );
}

/** Tells a screen reader what changes, at most every ten seconds, and the last word always. */
export function LiveText({ text, final = false }: { text: string; final?: boolean }) {
  const [said, setSaid] = useState("");
  const last = useRef(0);
  useEffect(() => {
    const wait = final ? 0 : Math.max(0, last.current + 10_000 - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setSaid(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text, final]);
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}
