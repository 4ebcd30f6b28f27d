import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { api } from "../api/client";
import { keysQuery } from "../api/queries";
import type { APIKeyCreated, Deployment } from "../api/types";
import { dateTime } from "../lib/format";
import { CopyField } from "./CopyField";
import { ErrorNote } from "./ErrorNote";

/** Keys for programs. A key is shown once, when it is made; the server keeps only its hash. */
export function APIKeys({ deployment }: { deployment: Deployment | null }) {
  const client = useQueryClient();
  const { data: keys = [], error } = useQuery({ ...keysQuery, refetchInterval: 10_000 });
  const [name, setName] = useState("");
  const [made, setMade] = useState<APIKeyCreated | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: ["keys"] });
  const create = useMutation({
    mutationFn: () =>
      api.post("/api/v1/production/api-keys", {
        body: {
          name: name.trim(),
          deployment_id: deployment?.id ?? null,
          model_ids: [],
          scopes: ["predict"],
        },
      }),
    onSuccess: (key) => {
      setMade(key);
      setName("");
      refresh();
    },
  });
  const revoke = useMutation({
    mutationFn: (id: string) => api.delete("/api/v1/production/api-keys/{key_id}", { path: { key_id: id } }),
    onSuccess: refresh,
  });
  const shown = keys.filter(
    (key) => key.revoked_at == null && (key.deployment_id == null || key.deployment_id === deployment?.id),
  );
  return (
    <section className="card" aria-label="API keys">
      <header className="border-b border-line px-4 py-3">
        <h2 className="text-14 font-semibold">API keys</h2>
      </header>
      {made && (
        <div className="border-b border-line bg-good-soft px-4 py-3" role="status">
          <p className="text-13 font-semibold">Copy the key of {made.name} now. It is not shown again.</p>
          <div className="mt-2">
            <CopyField text={made.key} what="API key" whole />
          </div>
          <button type="button" className="btn btn-quiet mt-1 -ml-3" onClick={() => setMade(null)}>
            I have copied it
          </button>
        </div>
      )}
      <ul className="divide-y divide-line">
        {shown.map((key) => (
          <li key={key.id} className="flex items-center gap-3 px-4 py-2.5 text-13">
            <KeyRound size={15} aria-hidden className="shrink-0 text-ink-3" />
            <div className="min-w-0">
              <p className="truncate font-medium">{key.name}</p>
              <p className="nums text-12 text-ink-2">
                <code className="font-mono">{key.prefix}…</code>
                {key.last_used_at == null ? " never used" : ` used ${dateTime(key.last_used_at)}`}
              </p>
            </div>
            <button
              type="button"
              className="btn btn-quiet ml-auto"
              aria-label={`Revoke ${key.name}`}
              disabled={revoke.isPending}
              onClick={() => revoke.mutate(key.id)}
            >
              Revoke
            </button>
          </li>
        ))}
      </ul>
      {shown.length === 0 && !made && (
        <p className="px-4 pt-3 text-13 text-ink-2">No program can call yet. Make a key for each one.</p>
      )}
      <form
        className="flex items-end gap-2 px-4 py-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== "") create.mutate();
        }}
      >
        <label className="block min-w-0 grow text-13">
          <span className="font-medium">Who will use it</span>
          <input
            className="field mt-1"
            value={name}
            maxLength={80}
            placeholder="nightly report"
            data-focus="new-key"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <button
          type="submit"
          className="btn btn-secondary shrink-0"
          disabled={name.trim() === "" || create.isPending}
        >
          Create key
        </button>
      </form>
      {[error, create.error, revoke.error].map(
        (problem, i) =>
          problem && (
            // biome-ignore lint/suspicious/noArrayIndexKey: three fixed places
            <div key={i} className="px-4 pb-4">
              <ErrorNote error={problem} />
            </div>
          ),
      )}
    </section>
  );
}
