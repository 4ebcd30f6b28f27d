import { CircleAlert, WifiOff } from "lucide-react";
import type { ReactNode } from "react";
import { asProblem } from "../api/problem";
import { CopyButton } from "./CopyField";

interface ErrorNoteProps {
  readonly error: unknown;
  /** What the next action does; a button is shown for it. */
  readonly onRetry?: (() => void) | undefined;
  readonly retryText?: string;
  readonly children?: ReactNode;
}

/** What happened, what it means, and the way on. The request id is one click away. */
export function ErrorNote({ error, onRetry, retryText = "Try again", children }: ErrorNoteProps) {
  const problem = asProblem(error).body;
  const place = [
    problem.row !== null ? `line ${problem.row}` : null,
    problem.column !== null ? `column “${problem.column}”` : null,
  ].filter((part) => part !== null);
  const Icon = problem.code === "connection_lost" ? WifiOff : CircleAlert;
  return (
    <div role="alert" className="card border-bad/40 p-4">
      <div className="flex items-start gap-3">
        <Icon size={18} aria-hidden className="mt-0.5 shrink-0 text-bad" />
        <div className="min-w-0 grow">
          <p className="text-14 font-semibold">{problem.title}</p>
          <p className="mt-0.5 break-words">
            {problem.detail}
            {place.length > 0 && <span className="text-ink-2"> ({place.join(", ")})</span>}
          </p>
          {problem.fix && <p className="mt-1 break-words text-ink-2">{problem.fix}</p>}
          <div className="mt-3 flex flex-wrap items-center gap-2 empty:hidden">
            {onRetry && (
              <button type="button" className="btn btn-secondary" onClick={onRetry}>
                {retryText}
              </button>
            )}
            {children}
          </div>
          <details className="mt-2 text-12 text-ink-2">
            <summary className="inline-block py-0.5">For support</summary>
            <p className="mt-1 flex flex-wrap items-center gap-x-3">
              <span>
                Code <code className="font-mono">{problem.code}</code>
              </span>
              {problem.requestId && (
                <span className="flex items-center gap-1">
                  Request <code className="font-mono">{problem.requestId}</code>
                  <CopyButton text={problem.requestId} what="request id" />
                </span>
              )}
            </p>
          </details>
        </div>
      </div>
    </div>
  );
}
