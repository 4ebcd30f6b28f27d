import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import { deploymentsQuery, versionQuery } from "../api/queries";
import type { Project } from "../api/types";
import { APIKeys } from "../components/APIKeys";
import { DeploymentCard, useToggleDeployment } from "../components/DeploymentCard";
import { LockedStage } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { Page, WithPanel } from "../components/Page";
import { ReportMenu } from "../components/ReportMenu";
import { Skeleton } from "../components/Skeleton";
import { StoryPanel } from "../components/Story";
import { useStage } from "../components/useStage";
import { focusOn, useStoryActions } from "../components/useStoryActions";
import { copyText } from "../lib/clipboard";
import { score } from "../lib/format";

/** Deploy: a stable address for programs, the keys that open it, and what is really called. */
export function DeployPage() {
  const { project, stage, story } = useStage("deployment");
  const {
    data: deployments,
    error,
    refetch,
  } = useQuery({ ...deploymentsQuery(project.id), refetchInterval: 5_000 });
  const present = (deployments ?? []).filter((d) => d.state !== "retired");
  const live = present[0];
  useFreshStory(project.id, live?.calls_total);
  const [copied, setCopied] = useState(false);
  const toggle = useToggleDeployment(live);
  const actions = useStoryActions(project.id, {
    copy_call: () => void copyText(live?.samples.curl ?? "").then(setCopied),
    create_key: () => focusOn("[data-focus=new-key]"),
    pause_deployment: () => toggle.mutate(),
    resume_deployment: () => toggle.mutate(),
  });
  if (project.model_version_id == null) {
    return (
      <Page title="There is no model to serve yet.">
        <LockedStage project={project} stage={stage} />
      </Page>
    );
  }
  return (
    <Page
      story={live ? story : null}
      title={live ? `${live.name} is ${live.state_text}.` : "Give the model an address."}
      context={
        live
          ? "Programs send rows, the model answers."
          : "Programs can then send rows and get answers, each with its own id."
      }
      actions={<ReportMenu project={project} className="btn btn-secondary" text="Report" />}
    >
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {deployments === undefined && !error && <Skeleton label="Loading the deployments" />}
      {deployments && (
        <WithPanel
          panel={
            <>
              <APIKeys deployment={live ?? null} />
              {story && live && <StoryPanel story={story} actions={actions} />}
              <p role="status" className="sr-only">
                {copied && "The call is copied."}
              </p>
            </>
          }
        >
          {present.map((deployment) => (
            <DeploymentCard key={deployment.id} deployment={deployment} />
          ))}
          {present.length === 0 && <GoLive project={project} />}
        </WithPanel>
      )}
    </Page>
  );
}

/** The story counts the calls, so it is read again when there are more of them. */
function useFreshStory(project: string, calls: number | undefined): void {
  const client = useQueryClient();
  useEffect(() => {
    if (calls === undefined) return;
    void client.invalidateQueries({ queryKey: ["story", project, "deployment"] });
    void client.invalidateQueries({ queryKey: ["keys"] });
  }, [client, project, calls]);
}

function GoLive({ project }: { project: Project }) {
  const client = useQueryClient();
  const { data: version } = useQuery(
    versionQuery(project.model_id ?? null, project.model_version_id ?? null),
  );
  const [name, setName] = useState(project.name);
  const create = useMutation({
    mutationFn: () =>
      api.post("/api/v1/deployments", {
        body: { project_id: project.id, model_version_id: project.model_version_id ?? "", name: name.trim() },
      }),
    onSuccess: () => {
      for (const key of [["deployments"], ["project", project.id], ["story", project.id], ["models"]]) {
        void client.invalidateQueries({ queryKey: key });
      }
    },
  });
  return (
    <form
      className="card p-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") create.mutate();
      }}
    >
      <h2 className="font-serif text-17 font-semibold">Put it live</h2>
      <p className="nums mt-0.5 text-13 text-ink-2">
        {version &&
          `Version ${version.number} with ${version.metric_title} ${score(version.score)} on unseen rows, against ${score(version.baseline_score)} for guessing.`}
      </p>
      <label className="mt-4 block max-w-md text-13">
        <span className="font-medium">Name of the address</span>
        <input
          className="field mt-1"
          value={name}
          maxLength={80}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      {create.error && (
        <div className="mt-3">
          <ErrorNote error={create.error} />
        </div>
      )}
      <button
        type="submit"
        className="btn btn-primary mt-4"
        disabled={name.trim() === "" || create.isPending}
      >
        {create.isPending ? "Rehearsing it" : "Put it live"}
      </button>
    </form>
  );
}
