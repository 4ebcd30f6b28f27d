import { Outlet, useParams, useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useProject } from "../api/live";
import { Problem } from "../api/problem";
import { ErrorNote } from "../components/ErrorNote";
import { NotFoundPage } from "../components/RouteError";
import { Skeleton } from "../components/Skeleton";
import { WorkflowBar } from "../components/WorkflowBar";
import { rememberProject, stageOfPath } from "../lib/stages";

/** The last failure until something arrives: a new try must not make the message flicker. */
function useLastError(error: Error | null, arrived: boolean): Error | null {
  const [last, setLast] = useState<Error | null>(null);
  useEffect(() => {
    if (arrived) setLast(null);
    else if (error !== null) setLast(error);
  }, [error, arrived]);
  return error ?? last;
}

/** A project: its stages above, the open stage below. */
export function ProjectLayout() {
  const { project: id } = useParams({ from: "/signed-in/p/$project" });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { data: project, error: now, refetch } = useProject(id);
  const error = useLastError(now, project !== undefined);
  const known = project !== undefined;
  useEffect(() => {
    if (known) rememberProject(id);
  }, [id, known]);
  if (error instanceof Problem && error.body.status === 404) return <NotFoundPage />;
  if (project === undefined) {
    return (
      <div className="p-5">
        {error ? (
          <ErrorNote error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton label="Loading the project" />
        )}
      </div>
    );
  }
  return (
    <>
      <WorkflowBar project={project} current={stageOfPath(path)} />
      <Outlet />
    </>
  );
}
