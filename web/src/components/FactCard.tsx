import {
  createContext,
  type ReactNode,
  use,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Fact } from "../api/types";
import { factValue } from "../lib/format";
import { CopyButton } from "./CopyField";

interface OpenFact {
  readonly fact: Fact;
  readonly anchor: HTMLElement;
}

interface FactContext {
  readonly id: string;
  readonly openFor: HTMLElement | null;
  readonly open: (fact: Fact, anchor: HTMLElement) => void;
}

const Context = createContext<FactContext | null>(null);

/** Holds the one fact card of the page: where a number comes from, beside the number. */
export function FactCardHost({ children }: { children: ReactNode }) {
  const id = useId();
  const card = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<OpenFact | null>(null);
  const open = useCallback((fact: Fact, anchor: HTMLElement) => setShown({ fact, anchor }), []);
  useEffect(() => {
    const element = card.current;
    if (shown === null || element === null) return;
    place(element, shown.anchor);
    element.showPopover?.();
    place(element, shown.anchor);
    element.focus();
  }, [shown]);
  const context = useMemo(() => ({ id, openFor: shown?.anchor ?? null, open }), [id, shown, open]);
  return (
    <Context value={context}>
      {children}
      <div
        ref={card}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={shown ? `Where ${shown.fact.name} comes from` : "Where a number comes from"}
        tabIndex={-1}
        className="w-80 max-w-[calc(100vw-1rem)] rounded-10 border border-line-strong bg-surface p-4 text-13 shadow-raised focus:outline-none"
        onToggle={(event) => {
          if (event.newState !== "closed" || shown === null) return;
          if (document.activeElement === document.body || card.current?.contains(document.activeElement)) {
            shown.anchor.focus();
          }
          setShown(null);
        }}
      >
        {shown && <FactDetails fact={shown.fact} />}
      </div>
    </Context>
  );
}

function FactDetails({ fact }: { fact: Fact }) {
  const inputs = Object.entries(fact.arguments ?? {});
  return (
    <>
      <p className="text-12 text-ink-3">{fact.name}</p>
      <p className="nums mt-0.5 font-serif text-20 font-semibold break-words">
        {factValue(fact.value, fact.format ?? "decimal", fact.unit)}
      </p>
      <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        <dt className="text-ink-3">Formula</dt>
        <dd className="break-words">
          <code className="font-mono text-12">{fact.formula}</code>
        </dd>
        {inputs.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3 first-letter:uppercase">{name.replaceAll("_", " ")}</dt>
            <dd className="break-words">
              {typeof value === "object" ? JSON.stringify(value) : String(value)}
            </dd>
          </div>
        ))}
        <dt className="text-ink-3">Rows</dt>
        <dd>{fact.rows ?? "all rows"}</dd>
        <dt className="text-ink-3">Source</dt>
        <dd className="flex min-w-0 items-center gap-1">
          <code className="truncate font-mono text-12" title={fact.source}>
            {fact.source.slice(0, 16)}
          </code>
          <CopyButton text={fact.source} what="source hash" />
        </dd>
      </dl>
      <p className="mt-3 border-t border-line pt-2 text-12 text-ink-2">
        Computed from your data. The same source and formula give this value again.
      </p>
    </>
  );
}

/** Below the number where there is room, else above; always inside the window. */
function place(card: HTMLElement, anchor: HTMLElement): void {
  const box = anchor.getBoundingClientRect();
  const width = card.offsetWidth || 320;
  const height = card.offsetHeight || 240;
  const left = Math.max(8, Math.min(box.left, window.innerWidth - width - 8));
  const below = box.bottom + 8;
  const top = below + height > window.innerHeight - 8 ? Math.max(8, box.top - height - 8) : below;
  card.style.position = "fixed";
  card.style.inset = `${top}px auto auto ${left}px`;
}

/** A number in a sentence: reads as text, opens its fact card. */
export function FactNumber({ fact, text }: { fact: Fact; text: string }) {
  const context = use(Context);
  const anchor = useRef<HTMLSpanElement>(null);
  if (context === null) return <>{text}</>;
  return (
    // A span, because a button cannot break across lines and would tear the punctuation behind it off.
    <span
      ref={anchor}
      role="button"
      tabIndex={0}
      className="fact"
      aria-haspopup="dialog"
      aria-expanded={context.openFor !== null && context.openFor === anchor.current}
      title={`Where ${fact.name} comes from`}
      onClick={(event) => context.open(fact, event.currentTarget)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        context.open(fact, event.currentTarget);
      }}
    >
      {text}
    </span>
  );
}
