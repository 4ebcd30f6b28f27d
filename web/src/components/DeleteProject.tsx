import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import type { Project } from "../api/types";
import { Dialog } from "./Dialog";
import { ErrorNote } from "./ErrorNote";

/** Deleting is the one thing that cannot be undone, so one types the name. */
export function DeleteProject({ project, onClose }: { project: Project; onClose: () => void }) {
  const [name, setName] = useState("");
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.delete("/api/v1/projects/{project_id}", { path: { project_id: project.id } }),
    onSuccess: () => {
      onClose();
      void client.invalidateQueries({ queryKey: ["projects"] });
    },
  });
  return (
    <Dialog
      label={`Delete ${project.name}`}
      onClose={onClose}
      className="w-[28rem] max-w-[calc(100vw-2rem)] p-5"
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (name === project.name) remove.mutate();
        }}
      >
        <h2 className="font-serif text-20 font-semibold">Delete this project?</h2>
        <p className="mt-1 text-13 text-ink-2">
          Its stages, models and predictions go with it. The dataset stays under Data.
        </p>
        <label className="mt-4 block text-13">
          <span className="font-medium">
            Type <b className="font-semibold">{project.name}</b> to confirm
          </span>
          <input
            className="field mt-1"
            value={name}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        {remove.error && (
          <div className="mt-3">
            <ErrorNote error={remove.error} />
          </div>
        )}
        <div className="mt-4 flex justify-end gap-2">
          <button type="button" className="btn btn-quiet" onClick={onClose}>
            Keep it
          </button>
          <button
            type="submit"
            disabled={name !== project.name || remove.isPending}
            className="btn border-bad text-bad hover:bg-bad-soft"
          >
            Delete the project
          </button>
        </div>
      </form>
    </Dialog>
  );
}
