import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleSlash, CircleX, Undo2 } from "lucide-react";
import { useId, useState } from "react";
import { api } from "../api/client";
import { modelQuery } from "../api/queries";
import type { Deployment } from "../api/types";
import { dateTime, duration, plural } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { useMayEdit } from "./useMayEdit";

const MARKS = {
  answered: { Icon: CircleCheck, tone: "text-good", word: "answered" },
  refused: { Icon: CircleSlash, tone: "text-ink-2", word: "refused in words" },
  failed: { Icon: CircleX, tone: "text-bad", word: "failed" },
} as const;

function useChange(deployment: Deployment, change: (note: string) => Promise<Deployment>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      for (const key of [["deployments"], ["story"], ["models"], ["project", deployment.project_id]])
        void client.invalidateQueries({ queryKey: key });
    },
  });
}

/** What was tried on the version before callers meet it, and what became of each request. */
export function RehearsalNote({ deployment }: { deployment: Deployment }) {
  const { rehearsal } = deployment;
  if (!rehearsal) return null;
  const failed = rehearsal.cases.filter((one) => one.outcome === "failed").length;
  const cases = plural(rehearsal.cases.length, "kind");
  return (
    <details className="border-t border-line pt-3" open={!rehearsal.passed}>
      <summary className="nums cursor-pointer text-13 font-medium">
        {failed === 0
          ? `Rehearsed with ${cases} of requests: each was answered, or refused in plain words`
          : `${failed} of ${cases} of requests failed in the rehearsal`}
      </summary>
      <p className="nums mt-1 text-12 text-ink-2">
        {dateTime(rehearsal.at)}
        {rehearsal.p95_ms != null && `, 95 of 100 single rows within ${duration(rehearsal.p95_ms / 1000)}`}
      </p>
      <ul className="mt-2 space-y-1.5">
        {rehearsal.cases.map((one) => {
          const { Icon, tone, word } = MARKS[one.outcome];
          return (
            <li key={one.id} className="flex gap-2 text-13">
              <Icon size={15} aria-hidden className={`mt-0.5 shrink-0 ${tone}`} />
              <span className="min-w-0 break-words">
                <span className="font-medium">{one.title}</span>
                <span className="sr-only">{`, ${word}`}</span>
                <span className="nums block text-12 text-ink-2">{one.text}</span>
              </span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}

/** A deployment that does not answer yet: its way to callers. */
export function WayToCallers({ deployment }: { deployment: Deployment }) {
  const [note, setNote] = useState("");
  const goLive = useChange(deployment, (text) =>
    api.post("/api/v1/deployments/{deployment_id}/go-live", {
      path: { deployment_id: deployment.id },
      body: { note: text },
    }),
  );
  const isDraft = deployment.state === "draft";
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        goLive.mutate(note);
      }}
    >
      <p className="text-14">
        {isDraft
          ? "It does not answer: its rehearsal failed. An owner may put it live all the same and say why."
          : "It passed its rehearsal and does not answer yet."}
      </p>
      {isDraft && (
        <label className="block max-w-md text-13">
          <span className="font-medium">Why it may answer all the same</span>
          <input
            className="field mt-1"
            value={note}
            maxLength={500}
            onChange={(event) => setNote(event.target.value)}
          />
        </label>
      )}
      {goLive.error && <ErrorNote error={goLive.error} />}
      <button
        type="submit"
        className="btn btn-secondary"
        disabled={goLive.isPending || (isDraft && note.trim() === "")}
      >
        {isDraft ? "Put it live all the same" : "Put it live now"}
      </button>
    </form>
  );
}

/** Which version answers, the way to another one and back, and who did what. */
export function ServedVersion({ deployment }: { deployment: Deployment }) {
  const label = useId();
  const mayEdit = useMayEdit();
  const { data: model } = useQuery(modelQuery(deployment.model_id));
  const [chosen, setChosen] = useState("");
  const swap = useChange(deployment, () =>
    api.post("/api/v1/deployments/{deployment_id}/swap", {
      path: { deployment_id: deployment.id },
      body: { model_version_id: chosen, note: "" },
    }),
  );
  const back = useChange(deployment, () =>
    api.post("/api/v1/deployments/{deployment_id}/rollback", {
      path: { deployment_id: deployment.id },
      body: { model_version_id: null, note: "" },
    }),
  );
  const others = (model?.versions ?? []).filter((one) => one.id !== deployment.model_version_id);
  const before = others.find((one) => one.id === deployment.rollback_to);
  return (
    <section aria-labelledby={label} className="border-t border-line pt-3">
      <h3
        id={label}
        className="nums text-13 font-medium"
      >{`Version ${deployment.version_number} answers`}</h3>
      {mayEdit && others.length > 0 && (
        <div className="mt-2 flex flex-wrap items-end gap-2">
          <label className="block text-13">
            <span className="text-ink-2">Let another version answer</span>
            <select className="field mt-1" value={chosen} onChange={(event) => setChosen(event.target.value)}>
              <option value="">choose a version</option>
              {others.map((one) => (
                <option key={one.id} value={one.id}>
                  {`Version ${one.number}, ${dateTime(one.trained_at)}`}
                </option>
              ))}
            </select>
          </label>
          <button
            type="button"
            className="btn btn-secondary"
            disabled={chosen === "" || swap.isPending}
            onClick={() => swap.mutate("", { onSuccess: () => setChosen("") })}
          >
            {swap.isPending ? "Rehearsing" : "Swap"}
          </button>
          {before && (
            <button
              type="button"
              className="btn btn-quiet"
              disabled={back.isPending}
              onClick={() => back.mutate("")}
            >
              <Undo2 size={16} aria-hidden />
              {`Roll back to version ${before.number}`}
            </button>
          )}
        </div>
      )}
      {(swap.error ?? back.error) && (
        <div className="mt-3">
          <ErrorNote error={swap.error ?? back.error} />
        </div>
      )}
      {deployment.events.length > 0 && (
        <ul className="nums mt-2 space-y-0.5 text-12 text-ink-2">
          {deployment.events.slice(0, 5).map((event) => (
            <li key={`${event.at} ${event.kind}`}>
              {`${dateTime(event.at)}: ${WORDS[event.kind]}, version ${event.number}, by ${event.by}`}
              {event.note && `: ${event.note}`}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const WORDS: Record<Deployment["events"][number]["kind"], string> = {
  live: "put live",
  override: "put live although its rehearsal failed",
  swap: "swapped",
  rollback: "rolled back",
  pause: "paused",
  resume: "resumed",
  retire: "retired",
};
