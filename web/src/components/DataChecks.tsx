import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, TriangleAlert } from "lucide-react";
import { api } from "../api/client";
import type { components } from "../api/schema";
import { count, plural } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { SavedCheck } from "./SavedCheck";
import { Skeleton } from "./Skeleton";

type Saved = components["schemas"]["ProjectDataChecks"];
type Check = components["schemas"]["DataCheck"];

/** The rules of a project and what is proposed, with everything that changes them. */
function useDataChecks(project: string) {
  const client = useQueryClient();
  const path = { project_id: project };
  const key = ["data-checks", project];
  const saved = useQuery({
    queryKey: key,
    queryFn: () => api.get("/api/v1/projects/{project_id}/data-checks", { path }),
  });
  const proposals = useQuery({
    queryKey: [...key, "proposals"],
    queryFn: async () =>
      (await api.get("/api/v1/projects/{project_id}/data-checks/proposals", { path })).items,
  });
  const onSuccess = (changed: Saved) => {
    client.setQueryData(key, changed);
    void client.invalidateQueries({ queryKey: [...key, "proposals"] });
    for (const other of ["project", "dataset", "profile", "story"])
      void client.invalidateQueries({ queryKey: [other] });
  };
  const save = useMutation({
    mutationFn: (checks: readonly Check[]) =>
      api.put("/api/v1/projects/{project_id}/data-checks", {
        path,
        body: { checks: checks.map(({ id, type, params, enabled }) => ({ id, type, params, enabled })) },
      }),
    // A switch moves at once; what the server refuses moves back, with its reason above.
    onMutate: (checks) => {
      const before = client.getQueryData<Saved>(key);
      if (before) client.setQueryData<Saved>(key, { ...before, checks: [...checks] });
      return before;
    },
    onError: (_error, _checks, before) => client.setQueryData(key, before),
    onSuccess,
  });
  const run = useMutation({
    mutationFn: () => api.post("/api/v1/projects/{project_id}/data-checks/run", { path }),
    onSuccess,
  });
  const decide = useMutation({
    mutationFn: (take: boolean) =>
      take
        ? api.post("/api/v1/projects/{project_id}/data-checks/accept", { path })
        : api.post("/api/v1/projects/{project_id}/data-checks/dismiss", { path }),
    onSuccess,
  });
  return { saved, proposals, save, run, decide };
}

/** Rules that each new version must obey: proposed from the profile, switched on and off, with the rows that break them. */
export function DataChecks({ project }: { project: string }) {
  const { saved, proposals, save, run, decide } = useDataChecks(project);
  const failure = saved.error ?? proposals.error ?? save.error ?? run.error ?? decide.error;
  const checks = saved.data?.checks ?? [];
  const busy = save.isPending || run.isPending || decide.isPending;
  const offered = proposals.data ?? [];
  return (
    <>
      {failure && <ErrorNote error={failure} />}
      {saved.isPending && <Skeleton lines={4} label="Loading the data checks" />}
      {saved.data?.held && (
        <section className="card border-warn/50 bg-warn-soft p-4" aria-label="Version on hold">
          <h2 className="flex items-center gap-2 font-serif text-17 font-semibold">
            <TriangleAlert size={18} aria-hidden className="shrink-0 text-warn" />A new version is on hold
          </h2>
          <p className="nums mt-1 text-13">
            {`It breaks ${plural(saved.data.held.n_broken, "data check")}. The project goes on with the version before until you decide.`}
          </p>
          <div className="mt-3 flex flex-wrap gap-2">
            <button
              type="button"
              className="btn btn-secondary"
              disabled={busy}
              onClick={() => decide.mutate(false)}
            >
              Keep the version before
            </button>
            <button
              type="button"
              className="btn btn-quiet"
              disabled={busy}
              onClick={() => decide.mutate(true)}
            >
              Take the new version all the same
            </button>
          </div>
        </section>
      )}
      {saved.data && (
        <section className="card" aria-label="Rules in force">
          <header className="flex flex-wrap items-center gap-3 border-b border-line px-4 py-3">
            <h2 className="grow text-14 font-semibold">Rules in force</h2>
            {checks.length > 0 && (
              <button
                type="button"
                className="btn btn-secondary"
                disabled={busy}
                onClick={() => run.mutate()}
              >
                Check now
              </button>
            )}
          </header>
          {checks.length === 0 && (
            <p className="px-4 py-4 text-13 text-ink-2">
              No rule yet. Add one from the proposals; a new version of the table that breaks it is held until
              you decide.
            </p>
          )}
          <ul className="divide-y divide-line">
            {checks.map((check) => (
              <SavedCheck
                key={check.id}
                project={project}
                check={check}
                result={saved.data.results.find((r) => r.id === check.id)}
                busy={busy}
                onSwitch={() =>
                  save.mutate(checks.map((c) => (c.id === check.id ? { ...c, enabled: !c.enabled } : c)))
                }
                onRemove={() => save.mutate(checks.filter((c) => c.id !== check.id))}
              />
            ))}
          </ul>
        </section>
      )}
      {saved.data && offered.length > 0 && (
        <section className="card" aria-label="Proposed rules">
          <header className="flex flex-wrap items-center gap-3 border-b border-line px-4 py-3">
            <div className="grow">
              <h2 className="text-14 font-semibold">Proposed from this version</h2>
              <p className="text-12 text-ink-2">All of them hold today.</p>
            </div>
            <button
              type="button"
              className="btn btn-secondary"
              disabled={busy}
              onClick={() => save.mutate([...checks, ...offered])}
            >
              {`Add all ${count(offered.length)}`}
            </button>
          </header>
          <ul className="divide-y divide-line">
            {offered.map((check) => (
              <li
                key={`${check.type} ${check.sentence}`}
                className="flex items-center gap-3 px-4 py-2 text-13"
              >
                <span className="min-w-0 grow break-words">{check.sentence}</span>
                <button
                  type="button"
                  className="btn btn-quiet"
                  disabled={busy}
                  aria-label={`Add the rule: ${check.sentence}`}
                  onClick={() => save.mutate([...checks, check])}
                >
                  <Plus size={14} aria-hidden />
                  Add
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
