import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { api } from "../api/client";
import { ErrorNote } from "./ErrorNote";
import { SentenceText } from "./Story";

/** A question about the table, answered by computing; where that cannot be done, what can be asked instead. */
export function QuestionBox({ project }: { project: string }) {
  const id = useId();
  const [text, setText] = useState("");
  const ask = useMutation({
    mutationFn: (question: string) =>
      api.post("/api/v1/projects/{project_id}/questions", {
        path: { project_id: project },
        body: { question },
      }),
  });
  const put = (question: string) => {
    setText(question);
    ask.mutate(question);
  };
  const answer = ask.data;
  return (
    <section className="card shrink-0 p-4" aria-label="Ask about the table">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "") ask.mutate(text.trim());
        }}
      >
        <label htmlFor={id} className="text-14 font-semibold">
          Ask about the table
        </label>
        <div className="mt-2 flex gap-2">
          <input
            id={id}
            className="field min-w-0 grow"
            value={text}
            maxLength={300}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" className="btn btn-secondary" disabled={ask.isPending || text.trim() === ""}>
            Ask
          </button>
        </div>
      </form>
      {ask.error && (
        <div className="mt-3">
          <ErrorNote error={ask.error} />
        </div>
      )}
      <div role="status" aria-busy={ask.isPending} className={ask.isPending ? "opacity-60" : ""}>
        {answer?.is_answered && (
          <div className="mt-3 space-y-1.5">
            {(answer.sentences ?? []).map((sentence, i) => (
              <p key={sentence.text} className={i === 0 ? "font-serif text-16" : "nums text-13 text-ink-2"}>
                <SentenceText sentence={sentence} facts={answer.facts ?? []} />
              </p>
            ))}
          </div>
        )}
        {answer && !answer.is_answered && <p className="mt-3 text-13">{answer.reason}</p>}
      </div>
      {answer && !answer.is_answered && (
        <ul className="mt-2 space-y-1.5" aria-label="Questions that can be answered">
          {(answer.nearest ?? []).slice(0, 3).map((question) => (
            <li key={question}>
              <button
                type="button"
                className="btn btn-secondary h-auto min-h-8 w-full justify-start py-1 text-left whitespace-normal"
                onClick={() => put(question)}
              >
                {question}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
