import { Link } from "@tanstack/react-router";
import { Check, CircleX, LoaderCircle, Lock, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Project, Stage } from "../api/types";
import { dateTime, fullDateTime } from "../lib/format";
import { failureOf, nextStage, STAGE_ROUTES } from "../lib/stages";
import { DeleteProject } from "./DeleteProject";
import { ReportMenu } from "./ReportMenu";

/** A project at a glance: its question, the eight stages, and the way to go on. */
export function ProjectCard({ project }: { project: Project }) {
  const [deleting, setDeleting] = useState(false);
  const next = nextStage(project.stages);
  const failure = failureOf(project);
  const running = (project.running_jobs ?? []).length > 0;
  return (
    <article className="card relative flex h-full flex-col p-4 focus-within:border-line-strong hover:border-line-strong">
      <h2 className="truncate text-14 font-semibold">{project.name}</h2>
      <p className="mt-1 mb-3 line-clamp-2 min-h-12 font-serif text-17 leading-6">
        {project.question || (project.target ? `Predicts ${project.target}.` : "No question yet.")}
      </p>
      <ol aria-label="Stages" className="flex gap-1">
        {project.stages.map((stage) => (
          <StageDot key={stage.id} stage={stage} />
        ))}
      </ol>
      {failure && (
        <p className="mt-2 flex items-start gap-1.5 text-13 text-bad">
          <CircleX size={14} aria-hidden className="mt-0.5 shrink-0" />
          <span className="line-clamp-3">
            {failure.stage.id === "data_loading" ? "The file could not be read: " : "Training failed: "}
            {failure.reason}
          </span>
        </p>
      )}
      <p className="nums mt-2 flex items-center gap-1.5 text-12 text-ink-2">
        {running && (
          <LoaderCircle
            size={13}
            aria-hidden
            className="animate-spin text-accent motion-reduce:animate-none"
          />
        )}
        <span className="truncate">{facts(project)}</span>
      </p>
      <div className="mt-auto flex items-center gap-2 pt-3">
        {next && (
          <Link
            to={STAGE_ROUTES[(failure?.stage ?? next).id]}
            params={{ project: project.id }}
            className="btn btn-secondary after:absolute after:inset-0 after:rounded-10"
          >
            {failure ? "See what to do" : `${next.state === "done" ? "Open" : "Continue with"} ${next.title}`}
          </Link>
        )}
        <time
          dateTime={project.updated_at}
          title={fullDateTime(project.updated_at)}
          className="nums ml-auto text-12 text-ink-3"
        >
          {dateTime(project.updated_at)}
        </time>
        <ReportMenu
          project={project}
          className="relative z-10 flex size-7 items-center justify-center rounded-6 text-ink-3 hover:bg-hover hover:text-ink"
        />
        <button
          type="button"
          aria-label={`Delete ${project.name}`}
          title="Delete"
          className="relative z-10 flex size-7 items-center justify-center rounded-6 text-ink-3 hover:bg-hover hover:text-bad"
          onClick={() => setDeleting(true)}
        >
          <Trash2 size={15} aria-hidden />
        </button>
      </div>
      {deleting && <DeleteProject project={project} onClose={() => setDeleting(false)} />}
    </article>
  );
}

/** What the server says of the stages that are done, newest first. */
function facts(project: Project): string {
  const done = project.stages.filter((s) => s.state === "done" && s.fact);
  return (
    done
      .slice(-3)
      .map((s) => s.fact)
      .join(" · ") || (failureOf(project) ? "" : "Nothing computed yet")
  );
}

const DOTS: Record<Stage["state"], string> = {
  done: "border-good bg-good-soft text-good",
  current: "border-ink bg-ink text-surface",
  ready: "border-line-strong text-ink-2",
  out_of_date: "border-warn bg-warn-soft text-warn",
  locked: "border-line text-ink-3",
  skipped: "border-line text-ink-3",
};

function StageDot({ stage }: { stage: Stage }) {
  const text = `${stage.title}: ${stage.state.replaceAll("_", " ")}`;
  return (
    <li
      title={text}
      className={`flex size-5 items-center justify-center rounded-full border ${DOTS[stage.state]}`}
    >
      <span className="sr-only">{text}</span>
      {stage.state === "done" && <Check size={11} strokeWidth={3} aria-hidden />}
      {stage.state === "out_of_date" && <RotateCw size={10} aria-hidden />}
      {stage.state === "locked" && <Lock size={9} aria-hidden />}
    </li>
  );
}
