import { useMutation, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { api } from "../api/client";
import { jobQuery } from "../api/queries";
import type { Batch } from "../api/types";
import { cell, count, dateTime, plural } from "../lib/format";
import { ErrorNote } from "./ErrorNote";

/** Failing rows on the page; all of them are in the file. */
const ROWS = 5;

/** A file that breaks data checks: which, in which rows, and the press that has it predicted all the same. */
export function HeldBatch({ batch, onAccepted }: { batch: Batch; onAccepted: (batch: Batch) => void }) {
  const client = useQueryClient();
  const broken = batch.checks.filter((check) => !check.passed);
  const accept = useMutation({
    mutationFn: () =>
      api.post("/api/v1/predictions/batches/{batch_id}/accept", { path: { batch_id: batch.id } }),
    onSuccess: ({ batch: accepted, job }) => {
      client.setQueryData(jobQuery(job.id).queryKey, job);
      onAccepted(accepted);
    },
  });
  return (
    <section className="card min-w-0 border-warn/50 bg-warn-soft p-4" aria-label="File on hold">
      <h2 className="flex items-center gap-2 font-serif text-17 font-semibold">
        <TriangleAlert size={18} aria-hidden className="shrink-0 text-warn" />
        {`${batch.original_filename} is on hold`}
      </h2>
      <p className="nums mt-1 text-13">
        {`It breaks ${plural(broken.length, "data check")} of this project. No row was predicted.`}
      </p>
      {accept.error && (
        <div className="mt-3">
          <ErrorNote error={accept.error} />
        </div>
      )}
      <ul className="mt-3 space-y-3 text-13">
        {broken.map((check) => (
          <li key={check.id}>
            <p className="font-medium break-words">{check.sentence}</p>
            <p className="text-ink-2">{check.message}</p>
            <BrokenRows check={check} />
          </li>
        ))}
      </ul>
      <div className="mt-4 flex flex-wrap gap-2">
        {broken.some((check) => check.rows.length > 0) && (
          <a
            className="btn btn-secondary"
            href={`/api/v1/predictions/batches/${batch.id}/failing-rows.csv`}
            download
          >
            Download the failing rows
          </a>
        )}
        <button
          type="button"
          className="btn btn-quiet"
          disabled={accept.isPending}
          onClick={() => accept.mutate()}
        >
          Predict all the same
        </button>
      </div>
    </section>
  );
}

function BrokenRows({ check }: { check: Batch["checks"][number] }) {
  const rows = check.rows.slice(0, ROWS);
  const columns = Object.keys(rows[0]?.cells ?? {});
  if (rows.length === 0) return null;
  return (
    <table className="nums mt-1 text-12" aria-label={`Rows that break the rule: ${check.sentence}`}>
      <thead>
        <tr>
          {["Row", ...columns].map((name) => (
            <th key={name} scope="col" className="pr-4 text-left font-medium text-ink-2">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.row}>
            <td className="pr-4">{count(row.row)}</td>
            {columns.map((name) => (
              <td key={name} className="pr-4">
                {cell(row.cells[name])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Who had a file predicted in spite of its failing rows, and when. */
export function AcceptedNote({ batch }: { batch: Batch }) {
  if (batch.accepted_by == null) return null;
  return (
    <p className="border-t border-line px-4 py-2 text-12 text-ink-2">
      {`It was on hold because of failing data checks; ${batch.accepted_by} had it predicted`}
      {batch.accepted_at == null ? "." : ` on ${dateTime(batch.accepted_at)}.`}
    </p>
  );
}
