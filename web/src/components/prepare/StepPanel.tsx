import { type ReactNode, useMemo } from "react";
import type { CatalogStep, StepBody } from "../../api/preparing";
import { asProblem } from "../../api/problem";
import { fieldsOf, type Params, unanswered } from "../../lib/stepForm";
import { type Column, StepForm } from "./StepForm";

export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly fix: string | null;
}

/** What is wrong with a draft: what checking found, or what the server refused. */
export function faultOf(error: unknown, found: Fault | undefined): Fault | null {
  if (found !== undefined) return found;
  if (error === null || error === undefined) return null;
  const { code, detail, fix } = asProblem(error).body;
  return { code, message: detail, fix };
}

interface StepPanelProps {
  readonly title: string;
  readonly step: CatalogStep;
  /** What the step does with the parameters that are saved; the general sentence for a new one. */
  readonly sentence: string;
  readonly draft: StepBody;
  readonly changed: boolean;
  readonly columns: readonly Column[];
  readonly fault: Fault | null;
  readonly saveWord: string;
  readonly busy: boolean;
  readonly onDraft: (params: Params) => void;
  readonly onSave: () => void;
  readonly onDiscard: () => void;
  readonly children?: ReactNode;
}

/** One step: what it does in a sentence, its parameters, and what is wrong with them where something is. */
export function StepPanel(props: StepPanelProps) {
  const { title, step, sentence, draft, changed, columns, fault, saveWord, busy, children } = props;
  const fields = useMemo(() => fieldsOf(step), [step]);
  const open = unanswered(fields, draft.params);
  return (
    <section className="card min-w-0" aria-label={title}>
      <header className="border-b border-line px-4 py-3">
        <p className="text-12 text-ink-2">{title}</p>
        <h2 className="text-14 font-semibold">{step.title}</h2>
      </header>
      <form
        className="space-y-4 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (open.length === 0) props.onSave();
        }}
      >
        <p className="font-serif text-16">{sentence}</p>
        <StepForm
          fields={fields}
          params={draft.params}
          columns={columns}
          kinds={step.kinds}
          onChange={props.onDraft}
        />
        {open.length > 0 ? (
          <p className="text-13 text-ink-2">{`Still to say: ${open.map((field) => field.title.toLowerCase()).join(", ")}.`}</p>
        ) : (
          fault !== null && <FaultNote fault={fault} text={draft.params["formula"]} />
        )}
        {changed && (
          <div className="flex flex-wrap gap-2">
            <button
              type="submit"
              className="btn btn-primary"
              disabled={busy || open.length > 0 || fault !== null}
            >
              {saveWord}
            </button>
            <button type="button" className="btn btn-quiet" onClick={props.onDiscard}>
              Discard
            </button>
          </div>
        )}
        {children}
        <details className="text-12 text-ink-2">
          <summary className="inline-block py-0.5">Can it be reversed?</summary>
          <p className="mt-1">{step.inverse}</p>
        </details>
      </form>
    </section>
  );
}

/** What does not fit, and what would; in a formula with a mark under the place. */
function FaultNote({ fault: { message, fix, code }, text }: { fault: Fault; text: unknown }) {
  const at = code === "formula_invalid" ? Number(/character (\d+)/.exec(message)?.[1] ?? 0) : 0;
  return (
    <div role="alert" className="rounded-6 border border-bad/40 bg-bad-soft p-3 text-13">
      <p className="break-words">{message}</p>
      {at > 0 && typeof text === "string" && (
        <pre aria-hidden className="mt-1 overflow-x-auto font-mono text-12">
          {`${text.replaceAll("\n", " ")}\n${" ".repeat(at - 1)}▲`}
        </pre>
      )}
      {fix && <p className="mt-1 break-words text-ink-2">{fix}</p>}
    </div>
  );
}
