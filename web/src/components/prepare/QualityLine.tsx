import { type FormEvent, useState } from "react";
import type { Prepare } from "./usePrepare";

/** How good the table is by now, and room to say why to go on when that is less than enough. */
export function QualityLine({ prepare }: { prepare: Prepare }) {
  const [open, setOpen] = useState(false);
  const quality = prepare.recipe?.quality;
  if (!quality) return null;
  const { score, enough_above, is_enough, note } = quality;
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("note") ?? "");
    prepare.noteQuality.mutate(text, { onSuccess: () => setOpen(false) });
  };
  return (
    <section aria-label="Quality" className="card px-4 py-3 text-13">
      <p>
        <strong>{`Quality ${Math.round(score)} of 100. `}</strong>
        {is_enough
          ? "That is enough to go on."
          : note
            ? `You go on with it: ${note}`
            : `Above ${enough_above} the table counts as prepared. Add steps and apply them, or say why to go on.`}
      </p>
      {!is_enough && !open && (
        <button type="button" className="btn btn-quiet mt-1 px-0 text-12" onClick={() => setOpen(true)}>
          {note ? "Change the note" : "Go on with a note"}
        </button>
      )}
      {open && (
        <form className="mt-2 space-y-2" onSubmit={send}>
          <label className="block">
            Why this quality is good enough
            <textarea className="field mt-1" name="note" rows={2} maxLength={1000} defaultValue={note} />
          </label>
          <div className="flex gap-2">
            <button type="submit" className="btn btn-secondary" disabled={prepare.busy}>
              Keep the note
            </button>
            <button type="button" className="btn btn-quiet" onClick={() => setOpen(false)}>
              Cancel
            </button>
          </div>
        </form>
      )}
    </section>
  );
}
