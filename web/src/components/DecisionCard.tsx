import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import { useId, useState } from "react";
import { api } from "../api/client";
import { versionQuery } from "../api/queries";
import type { ModelVersionDetail } from "../api/types";
import { dateTime } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { useMayEdit } from "./useMayEdit";

type State = "accepted" | "rejected" | null;

/** Is this version good enough? Somebody says so, with a note; it can be taken back. */
export function DecisionCard({
  project,
  model,
  version,
}: {
  project: string;
  model: string;
  version: ModelVersionDetail;
}) {
  const client = useQueryClient();
  const mayEdit = useMayEdit();
  const [note, setNote] = useState("");
  const label = useId();
  const { decision } = version;
  const decide = useMutation({
    mutationFn: (state: State) =>
      api.put("/api/v1/models/{model_id}/versions/{version_id}/decision", {
        path: { model_id: model, version_id: version.id },
        body: { state, note: state === null ? "" : note },
      }),
    onSuccess: (changed) => {
      const key = versionQuery(model, version.id).queryKey;
      client.setQueryData(key, (old) => old && { ...old, decision: changed.decision });
      setNote("");
      for (const stale of [["project", project], ["models"], ["model", model]])
        void client.invalidateQueries({ queryKey: stale });
    },
  });
  if (!decision && !mayEdit) return null;
  const accepted = decision?.state === "accepted";
  return (
    <section className="card p-4" aria-labelledby={label}>
      <h2 id={label} className="font-serif text-17 font-semibold">
        {decision ? (accepted ? "Accepted" : "Rejected") : "Is it good enough?"}
      </h2>
      {decision ? (
        <>
          <p className="nums mt-1 flex items-center gap-1.5 text-13 text-ink-2" role="status">
            {accepted ? (
              <CircleCheck size={15} aria-hidden className="text-good" />
            ) : (
              <CircleX size={15} aria-hidden className="text-bad" />
            )}
            {`Version ${version.number}, by ${decision.decided_by}, ${dateTime(decision.decided_at)}`}
          </p>
          {decision.note && <p className="mt-2 whitespace-pre-wrap break-words text-14">{decision.note}</p>}
          {mayEdit && (
            <button
              type="button"
              className="btn btn-quiet mt-2"
              disabled={decide.isPending}
              onClick={() => decide.mutate(null)}
            >
              Take it back
            </button>
          )}
        </>
      ) : (
        <>
          <label className="mt-2 block text-13">
            <span className="font-medium">Why, for those who come later</span>
            <textarea
              className="field mt-1"
              rows={2}
              maxLength={2000}
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
          </label>
          <div className="mt-3 flex gap-2">
            <button
              type="button"
              className="btn btn-secondary"
              disabled={decide.isPending}
              onClick={() => decide.mutate("accepted")}
            >
              Accept this version
            </button>
            <button
              type="button"
              className="btn btn-quiet"
              disabled={decide.isPending}
              onClick={() => decide.mutate("rejected")}
            >
              Reject it
            </button>
          </div>
        </>
      )}
      {decide.error && (
        <div className="mt-3">
          <ErrorNote error={decide.error} />
        </div>
      )}
    </section>
  );
}
