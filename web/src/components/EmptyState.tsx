import { Link } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import type { ReactNode } from "react";
import type { Project, Stage } from "../api/types";
import { nextStage, STAGE_ROUTES } from "../lib/stages";

/** What belongs here, why it is empty, and one thing to do. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="card flex flex-col items-start gap-1 p-6">
      {icon && <div className="mb-2 text-ink-3">{icon}</div>}
      <h2 className="font-serif text-17 font-semibold">{title}</h2>
      <div className="max-w-prose text-ink-2">{children}</div>
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}

/** A stage that is not open yet says why, and leads to where it can be opened. */
export function LockedStage({ project, stage }: { project: Project; stage: Stage }) {
  const next = nextStage(project.stages.filter((s) => s.id !== stage.id));
  return (
    <EmptyState
      icon={<Lock size={20} aria-hidden />}
      title={`${stage.title} is not open yet.`}
      action={
        next && (
          <Link to={STAGE_ROUTES[next.id]} params={{ project: project.id }} className="btn btn-primary">
            Go to {next.title}
          </Link>
        )
      }
    >
      <p>{stage.reason ?? "An earlier stage has to be done first."}</p>
    </EmptyState>
  );
}
