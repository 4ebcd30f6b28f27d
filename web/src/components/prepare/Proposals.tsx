import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useRef } from "react";
import { bodyOf, type RecipeStep } from "../../api/preparing";
import { type Proposal, proposalsQuery } from "../../api/savedRecipes";
import { count, plural } from "../../lib/format";
import { ErrorNote } from "../ErrorNote";
import { Skeleton } from "../Skeleton";
import type { Prepare } from "./usePrepare";

interface ProposalsProps {
  readonly project: string;
  readonly version: string | null;
  readonly prepare: Prepare;
  readonly steps: readonly RecipeStep[];
  /** What the person does not want, as {@link keyOf} names it. */
  readonly leftOut: ReadonlySet<string>;
  readonly onLeftOut: (leftOut: ReadonlySet<string>) => void;
  /** Says also that nothing was found, where the page is otherwise empty. */
  readonly alone?: boolean;
}

/** Repairs the table needs without doubt, each with its reason. Any of them can be left out, and all accepted at once. */
export function Proposals(props: ProposalsProps) {
  const { project, version, prepare, steps, leftOut, onLeftOut, alone = false } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  const held = steps.map(({ type, params, enabled }) => ({ type, params, enabled }));
  const { data, error, refetch } = useQuery({
    ...proposalsQuery(project, version, held),
    placeholderData: keepPreviousData,
  });
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return alone ? <Skeleton lines={4} label="Looking for faults" /> : null;
  if (data.length === 0) return alone ? <NothingFound /> : null;

  const open = data.filter((proposal) => !leftOut.has(keyOf(proposal)));
  // The button that was pressed goes away, and the focus must not go with it.
  const stay = () => heading.current?.focus();
  const acceptAll = () => prepare.replace.mutate([...steps.map(bodyOf), ...open.map(stepOf)]);
  return (
    <section className="card min-w-0" aria-label="Proposed repairs">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-3">
        <div className="min-w-0 grow">
          <h2 ref={heading} tabIndex={-1} className="text-14 font-semibold">
            Proposed repairs
          </h2>
          <p className="text-12 text-ink-2">
            {open.length === 0 ? "None is left to accept." : "Faults found beyond doubt in the loaded table."}
          </p>
        </div>
        {open.length > 1 && (
          <button type="button" className="btn btn-secondary" disabled={prepare.busy} onClick={acceptAll}>
            {`Accept all ${count(open.length)}`}
          </button>
        )}
      </header>
      <ol className="max-h-[30rem] divide-y divide-line overflow-y-auto">
        {open.map((proposal) => (
          <ProposalRow
            key={proposal.id}
            proposal={proposal}
            busy={prepare.busy}
            onAccept={() => {
              stay();
              prepare.add.mutate(stepOf(proposal));
            }}
            onLeaveOut={() => {
              stay();
              onLeftOut(new Set([...leftOut, keyOf(proposal)]));
            }}
          />
        ))}
      </ol>
      {open.length < data.length && (
        <p className="flex items-center justify-between gap-2 border-t border-line px-4 py-2 text-12 text-ink-2">
          {`${plural(data.length - open.length, "proposal")} left out`}
          <button
            type="button"
            className="btn btn-quiet min-h-7 px-2 py-0.5 text-12"
            onClick={() => {
              stay();
              onLeftOut(new Set());
            }}
          >
            Show again
          </button>
        </p>
      )}
    </section>
  );
}

/** The same repair of the same columns has the same name, whatever table it is proposed for. */
const keyOf = ({ step }: Proposal) => JSON.stringify([step.type, step.params]);

/** The server gives the step its id when it is added. */
const stepOf = ({ step }: Proposal) => ({ ...bodyOf(step as RecipeStep), id: "", enabled: true });

interface ProposalRowProps {
  readonly proposal: Proposal;
  readonly busy: boolean;
  readonly onAccept: () => void;
  readonly onLeaveOut: () => void;
}

function ProposalRow({ proposal, busy, onAccept, onLeaveOut }: ProposalRowProps) {
  const { title, columns, reason, effect, examples } = proposal;
  const what = [title, columns.join(", ")].filter(Boolean).join(": ");
  return (
    <li className="px-4 py-3 text-13">
      <p className="font-semibold break-words">{what}</p>
      <p className="mt-0.5 break-words">{reason}</p>
      {examples.length > 0 && (
        <p className="mt-1 flex flex-wrap gap-1">
          {examples.map((example) => (
            <code key={example} className="rounded-4 bg-sunken px-1 font-mono text-12 break-all">
              {example}
            </code>
          ))}
        </p>
      )}
      <p className="nums mt-1 text-12 text-ink-2">{effect}</p>
      <div className="mt-2 flex gap-1">
        <button
          type="button"
          className="btn btn-secondary min-h-7 px-2 py-0.5 text-12"
          aria-label={`Accept: ${what}`}
          disabled={busy}
          onClick={onAccept}
        >
          <Check size={14} aria-hidden />
          Accept
        </button>
        <button
          type="button"
          className="btn btn-quiet min-h-7 px-2 py-0.5 text-12"
          aria-label={`Leave out: ${what}`}
          onClick={onLeaveOut}
        >
          <X size={14} aria-hidden />
          Leave out
        </button>
      </div>
    </li>
  );
}

function NothingFound() {
  return (
    <p className="card px-4 py-3 text-13 text-ink-2">
      No fault was found that must be repaired without doubt, so nothing is proposed.
    </p>
  );
}
