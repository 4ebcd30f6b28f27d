import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { jobQuery } from "../api/queries";
import type { KindChoice, ReadOptions } from "../api/types";
import { type Changes, changedTitles } from "../lib/reading";

export interface Reading {
  /** What the present version was read with. */
  readonly inForce: Changes;
  /** The same with what was changed on this page and not read yet. */
  readonly wanted: Changes;
  readonly changed: readonly string[];
  readonly change: (changes: Changes) => void;
  readonly changeKind: (column: string, kind: KindChoice | null) => void;
  readonly discard: () => void;
  /** Reads the stored file again with what is wanted, and with more that is said now. */
  readonly readAgain: (more?: Changes, deleteFile?: boolean) => void;
  /** Reads it again with exactly these. */
  readonly readWith: (options: Changes) => void;
  readonly pending: boolean;
  readonly error: unknown;
}

/** Changes to how a file is read, gathered on the page and carried out together without a new upload. */
export function useReading(dataset: string, inForce: Changes, onStarted: () => void): Reading {
  const client = useQueryClient();
  const [draft, setDraft] = useState<{ readonly of: string; readonly changes: Changes }>({
    of: dataset,
    changes: {},
  });
  // What was meant for one file says nothing about the next.
  const changes = draft.of === dataset ? draft.changes : {};
  const setChanges = (next: Changes) => setDraft({ of: dataset, changes: next });
  const start = useMutation({
    mutationFn: ({ options, deleteFile }: { options: Changes; deleteFile: boolean }) =>
      api.post("/api/v1/datasets/{dataset_id}/reimport", {
        path: { dataset_id: dataset },
        // What is left out takes the default of the server; the generated type only knows answers, where all is there.
        body: { options: options as ReadOptions, delete_file: deleteFile },
      }),
    onSuccess: ({ job }) => {
      client.setQueryData(jobQuery(job.id).queryKey, job);
      setChanges({});
      onStarted();
    },
  });
  const wanted = { ...inForce, ...changes };
  return {
    inForce,
    wanted,
    changed: changedTitles(inForce, changes),
    change: (more) => setChanges({ ...changes, ...more }),
    changeKind: (column, kind) => {
      const { [column]: _, ...others } = wanted.kinds ?? {};
      setChanges({ ...changes, kinds: kind === null ? others : { ...others, [column]: kind } });
    },
    discard: () => setChanges({}),
    readAgain: (more = {}, deleteFile = false) =>
      start.mutate({ options: { ...wanted, ...more }, deleteFile }),
    readWith: (options) => start.mutate({ options, deleteFile: false }),
    pending: start.isPending,
    error: start.error,
  };
}
