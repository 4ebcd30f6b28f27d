import { MessageCircleQuestion } from "lucide-react";
import { useState } from "react";
import type { Question } from "../api/types";
import type { Changes, Setting } from "../lib/reading";
import { asOption } from "../lib/reading";

interface OpenQuestionsProps {
  readonly questions: readonly Question[];
  readonly pending: boolean;
  readonly onAnswer: (answers: Changes) => void;
}

/** What the file itself does not tell: asked before anything else, with what was assumed and what depends on it. */
export function OpenQuestions({ questions, pending, onAnswer }: OpenQuestionsProps) {
  const [answers, setAnswers] = useState<Readonly<Record<string, string>>>({});
  if (questions.length === 0) return null;
  const chosen = (question: Question) => answers[question.name] ?? question.assumed;
  const one = questions.length === 1;
  return (
    <form
      className="card border-warn/50 bg-warn-soft p-4"
      aria-labelledby="open-questions"
      onSubmit={(event) => {
        event.preventDefault();
        onAnswer(
          Object.assign({}, ...questions.map((q) => asOption(q.name as Setting, chosen(q)))) as Changes,
        );
      }}
    >
      <h2 id="open-questions" className="flex items-center gap-2 font-serif text-17 font-semibold">
        <MessageCircleQuestion size={18} aria-hidden className="shrink-0 text-warn" />
        {one ? "One thing the file does not tell" : `${questions.length} things the file does not tell`}
      </h2>
      {questions.map((question) => (
        <fieldset key={question.name} className="mt-3">
          <legend className="text-14 font-medium">{question.text}</legend>
          <p className="mt-0.5 text-13 text-ink-2">{question.effect}</p>
          <div className="mt-2 space-y-1">
            {question.choices.map((choice) => (
              <label key={choice.value} className="flex min-h-6 items-start gap-2.5 text-13">
                <input
                  type="radio"
                  name={question.name}
                  className="mt-0.5 size-4 shrink-0 accent-[var(--accent)]"
                  checked={chosen(question) === choice.value}
                  onChange={() => setAnswers({ ...answers, [question.name]: choice.value })}
                />
                <span>
                  {choice.text}
                  {choice.value === question.assumed && (
                    <span className="ml-2 text-ink-2">(assumed until you say)</span>
                  )}
                </span>
              </label>
            ))}
          </div>
        </fieldset>
      ))}
      <button type="submit" className="btn btn-secondary mt-4" disabled={pending}>
        {one ? "Use this answer" : "Use these answers"}
      </button>
    </form>
  );
}
