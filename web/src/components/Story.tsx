import { Sparkles } from "lucide-react";
import type { ReactNode } from "react";
import type { Fact, Sentence, Story } from "../api/types";
import { FactNumber } from "./FactCard";

/** A sentence of the API, with each number a way to its fact card. Nothing is added and nothing is built here. */
export function SentenceText({ sentence, facts }: { sentence: Sentence; facts: readonly Fact[] }) {
  return (
    <>
      {sentence.parts.map((part, i) => {
        const text = part["text"] ?? "";
        const fact = part["fact"] === undefined ? undefined : facts.find((f) => f.id === part["fact"]);
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a sentence have no identity but their place
        return fact ? <FactNumber key={i} fact={fact} text={text} /> : <span key={i}>{text}</span>;
      })}
    </>
  );
}

/** What the server says may be done next, and how the page does it; actions it does not know are left out. */
export type ActionHandlers = Readonly<Record<string, (args: Record<string, unknown>) => void>>;

interface StoryPanelProps {
  readonly story: Story;
  readonly title?: string;
  readonly aside?: ReactNode;
  readonly actions?: ActionHandlers;
  readonly children?: ReactNode;
}

/** Found, what it means, what is next, what is not known. */
export function StoryPanel({
  story,
  title = "What this means",
  aside,
  actions = {},
  children,
}: StoryPanelProps) {
  const steps = story.next_steps.filter((step) => actions[step.action] !== undefined);
  return (
    <section className="card flex min-w-0 shrink-0 flex-col" aria-label={title}>
      <header className="flex items-center justify-between gap-3 border-b border-line px-4 py-3">
        <h2 className="text-14 font-semibold">{title}</h2>
        {aside && <span className="text-12 text-ink-2">{aside}</span>}
      </header>
      <div className="grow divide-y divide-line">
        {story.found.length > 0 && (
          <div className="space-y-3 px-4 py-4">
            {story.found.map((sentence) => (
              <p key={sentence.text} className="font-serif text-16">
                <SentenceText sentence={sentence} facts={story.facts} />
              </p>
            ))}
          </div>
        )}
        {story.meaning.length > 0 && (
          <div className="space-y-2 px-4 py-4 text-13 text-ink-2">
            {story.meaning.map((sentence) => (
              <p key={sentence.text}>
                <SentenceText sentence={sentence} facts={story.facts} />
              </p>
            ))}
          </div>
        )}
        {steps.length > 0 && (
          <div className="flex flex-wrap gap-2 px-4 py-4">
            {steps.map((step) => (
              <button
                key={step.title}
                type="button"
                className="btn btn-secondary"
                onClick={() => actions[step.action]?.(step.arguments ?? {})}
              >
                {step.title}
              </button>
            ))}
          </div>
        )}
        {children}
        {story.unknown.length > 0 && (
          <div className="px-4 py-4">
            <h3 className="text-12 font-semibold text-ink-2">What is not known</h3>
            <ul className="mt-1.5 space-y-1.5 text-13 text-ink-2">
              {story.unknown.map((sentence) => (
                <li key={sentence.text}>
                  <SentenceText sentence={sentence} facts={story.facts} />
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
      <StoryOrigin story={story} />
    </section>
  );
}

/** Stands where another training would be offered, when it would try the same again. */
export function TriedEverything() {
  return (
    <p className="px-4 py-4 text-13 text-ink-2">
      Everything that was planned has been tried, with time to spare. More time is not what limits this model.
    </p>
  );
}

/** Says where the text is from, and what the verifier cut, on demand. */
function StoryOrigin({ story }: { story: Story }) {
  const cut = story.cut ?? [];
  return (
    <footer className="border-t border-line px-4 py-3 text-12 text-ink-2">
      <p className="flex items-start gap-2">
        <Sparkles size={14} aria-hidden className="mt-0.5 shrink-0 text-ink-3" />
        {(story.narrator ?? "builtin") === "builtin"
          ? "Every number is computed from your data and opens its source. No text was generated."
          : "Written by a language model, numbers checked."}
      </p>
      {cut.length > 0 && (
        <details className="mt-2">
          <summary>
            {cut.length === 1 ? "One sentence was cut" : `${cut.length} sentences were cut`} by the check
          </summary>
          <ul className="mt-1 list-disc space-y-1 pl-5">
            {cut.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
    </footer>
  );
}
