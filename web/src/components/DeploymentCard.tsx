import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CirclePause, CirclePlay } from "lucide-react";
import { useState } from "react";
import { api } from "../api/client";
import type { Deployment } from "../api/types";
import { count, dateTime, duration, fullDateTime } from "../lib/format";
import { CopyField } from "./CopyField";
import { ErrorNote } from "./ErrorNote";
import { RehearsalNote, ServedVersion, WayToCallers } from "./ServedVersion";
import { Tabs } from "./Tabs";

const LANGUAGES = [
  { id: "curl", title: "curl" },
  { id: "python", title: "Python" },
  { id: "javascript", title: "JavaScript" },
] as const;

/** Pauses what is live and resumes what is paused. */
export function useToggleDeployment(deployment: Deployment | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => {
      const path = { deployment_id: deployment?.id ?? "" };
      return deployment?.state === "paused"
        ? api.post("/api/v1/deployments/{deployment_id}/resume", { path })
        : api.post("/api/v1/deployments/{deployment_id}/pause", { path });
    },
    onSuccess: () => {
      for (const key of [["deployments"], ["story"], ["project", deployment?.project_id]]) {
        void client.invalidateQueries({ queryKey: key });
      }
    },
  });
}

/** A live address: what it is, what calls it, how to call it, and how to stop it. */
export function DeploymentCard({ deployment }: { deployment: Deployment }) {
  const [language, setLanguage] = useState<(typeof LANGUAGES)[number]["id"]>("curl");
  const paused = deployment.state === "paused";
  const waits = deployment.state === "draft" || deployment.state === "rehearsed";
  const toggle = useToggleDeployment(deployment);
  return (
    <section className="card min-w-0" aria-label={`Deployment ${deployment.name}`}>
      <header className="flex flex-wrap items-center gap-3 border-b border-line px-5 py-3">
        <h2 className="font-serif text-17 font-semibold">{deployment.name}</h2>
        <span
          className={`inline-flex items-center gap-1.5 text-13 font-medium ${paused || waits ? "text-warn" : "text-good"}`}
        >
          {paused || waits ? <CirclePause size={15} aria-hidden /> : <CircleCheck size={15} aria-hidden />}
          {waits ? "Not live yet: calls are refused" : paused ? "Paused: calls are refused" : "Live"}
        </span>
        {!waits && (
          <button
            type="button"
            className="btn btn-secondary ml-auto"
            disabled={toggle.isPending}
            onClick={() => toggle.mutate()}
          >
            {paused ? <CirclePlay size={16} aria-hidden /> : <CirclePause size={16} aria-hidden />}
            {paused ? "Resume" : "Pause"}
          </button>
        )}
      </header>
      {toggle.error && (
        <div className="p-4">
          <ErrorNote error={toggle.error} />
        </div>
      )}
      <div className="space-y-4 p-5">
        {waits && <WayToCallers deployment={deployment} />}
        <div>
          <h3 className="mb-1 text-13 font-medium">Address</h3>
          <CopyField text={`${location.origin}${deployment.address}`} what="address" />
        </div>
        <dl className="nums grid grid-cols-4 gap-4 text-13 max-sm:grid-cols-2">
          <Figure title="Calls answered" value={count(deployment.calls_total)} />
          <Figure title="Rows predicted" value={count(deployment.rows_total)} />
          <Figure
            title="95 of 100 calls within"
            value={deployment.p95_ms == null ? "not measured yet" : duration(deployment.p95_ms / 1000)}
          />
          <Figure
            title="Last call"
            value={deployment.last_call_at == null ? "none yet" : dateTime(deployment.last_call_at)}
            hint={deployment.last_call_at == null ? undefined : fullDateTime(deployment.last_call_at)}
          />
        </dl>
        <div>
          <h3 className="mb-1 text-13 font-medium">Call it</h3>
          <div className="flex flex-col gap-2">
            <Tabs label="Language" tabs={LANGUAGES} value={language} onChange={setLanguage}>
              <CopyField text={deployment.samples[language]} what={`${language} sample`} multiline />
            </Tabs>
          </div>
          <p className="mt-2 text-12 text-ink-2">
            The key stands as <code className="font-mono">$NARRATIVE_API_KEY</code>, so that it need not be in
            a file.
          </p>
        </div>
        {!waits && <ServedVersion deployment={deployment} />}
        <RehearsalNote deployment={deployment} />
      </div>
    </section>
  );
}

function Figure({ title, value, hint }: { title: string; value: string; hint?: string | undefined }) {
  return (
    <div>
      <dt className="text-12 text-ink-2">{title}</dt>
      <dd className="mt-0.5 text-16 font-semibold" title={hint}>
        {value}
      </dd>
    </div>
  );
}
