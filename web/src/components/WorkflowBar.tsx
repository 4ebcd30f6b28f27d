import { Link } from "@tanstack/react-router";
import { Check, ChevronDown, Lock, RotateCw, SkipForward } from "lucide-react";
import { useState } from "react";
import type { Project, Stage } from "../api/types";
import { STAGE_ROUTES } from "../lib/stages";

interface WorkflowBarProps {
  readonly project: Project;
  /** The id of the stage that is on the screen. */
  readonly current: string | null;
}

const WORDS: Record<Stage["state"], string> = {
  done: "done",
  current: "next",
  ready: "ready",
  out_of_date: "out of date",
  locked: "locked",
  skipped: "skipped",
};

/** The eight stages with what is true of each. The server decides the states, so every browser sees the same. */
export function WorkflowBar({ project, current }: WorkflowBarProps) {
  const [open, setOpen] = useState(false);
  const at = project.stages.findIndex((s) => s.id === current);
  const stage = project.stages[at];
  return (
    <nav aria-label="Stages" className="relative border-b border-line bg-surface">
      <button
        type="button"
        className="flex h-12 w-full items-center gap-2 px-4 text-left text-13 font-medium md:hidden"
        aria-expanded={open}
        aria-controls="stages"
        onClick={() => setOpen(!open)}
      >
        {stage ? `Step ${at + 1} of ${project.stages.length}: ${stage.title}` : "Stages"}
        <ChevronDown size={16} aria-hidden className={`ml-auto ${open ? "rotate-180" : ""}`} />
      </button>
      <ol
        id="stages"
        className={`${open ? "flex" : "hidden"} max-md:absolute max-md:inset-x-0 max-md:top-full max-md:z-40 max-md:flex-col max-md:border-b max-md:border-line max-md:bg-surface max-md:shadow-raised md:flex md:h-[60px]`}
      >
        {project.stages.map((item, i) => (
          <StageItem
            key={item.id}
            stage={item}
            number={i + 1}
            project={project}
            current={item.id === current}
            onGo={() => setOpen(false)}
          />
        ))}
      </ol>
    </nav>
  );
}

interface StageItemProps {
  readonly stage: Stage;
  readonly number: number;
  readonly project: Project;
  readonly current: boolean;
  readonly onGo: () => void;
}

function StageItem({ stage, number, project, current, onGo }: StageItemProps) {
  const muted = stage.state === "locked";
  const description = [WORDS[stage.state], stage.fact, stage.reason].filter(Boolean).join(". ");
  return (
    <li className="relative min-w-0 flex-auto md:not-first:before:absolute md:not-first:before:inset-y-[18px] md:not-first:before:left-0 md:not-first:before:w-px md:not-first:before:bg-line">
      <Link
        to={STAGE_ROUTES[stage.id]}
        params={
          project.model_id == null
            ? { project: project.id }
            : { project: project.id, model: project.model_id }
        }
        aria-current={current ? "step" : undefined}
        aria-label={`${number}. ${stage.title}: ${description}`}
        title={stage.reason ?? undefined}
        onClick={onGo}
        className={`group flex h-full items-center gap-2 px-2.5 py-2 2xl:gap-2.5 2xl:px-3 focus-visible:-outline-offset-2 hover:bg-hover max-md:px-4 ${
          current ? "md:shadow-[inset_0_-2px_0_var(--ink)]" : ""
        }`}
      >
        <StageMark stage={stage} number={number} current={current} />
        <span className="min-w-0">
          <span
            className={`block truncate text-13 leading-[18px] ${muted ? "text-ink-3" : "text-ink"} ${current ? "font-semibold" : "font-medium"}`}
          >
            {stage.title}
          </span>
          {stage.fact && (
            <span
              className={`nums hidden truncate text-12 leading-4 xl:block max-md:block ${stage.state === "out_of_date" ? "text-warn" : muted ? "text-ink-3" : "text-ink-2"}`}
            >
              {stage.fact}
            </span>
          )}
        </span>
      </Link>
    </li>
  );
}

function StageMark({ stage, number, current }: { stage: Stage; number: number; current: boolean }) {
  const ring = "flex size-6 shrink-0 items-center justify-center rounded-full border text-11 font-semibold";
  if (current)
    return (
      <span aria-hidden className={`${ring} border-ink bg-ink text-surface`}>
        {number}
      </span>
    );
  switch (stage.state) {
    case "done":
      return (
        <span aria-hidden className={`${ring} border-good bg-good-soft text-good`}>
          <Check size={14} strokeWidth={2.5} />
        </span>
      );
    case "out_of_date":
      return (
        <span aria-hidden className={`${ring} border-warn bg-warn-soft text-warn`}>
          <RotateCw size={13} />
        </span>
      );
    case "locked":
      return (
        <span aria-hidden className={`${ring} border-line text-ink-3`}>
          <Lock size={12} />
        </span>
      );
    case "skipped":
      return (
        <span aria-hidden className={`${ring} border-line-strong text-ink-3`}>
          <SkipForward size={12} />
        </span>
      );
    default:
      return (
        <span aria-hidden className={`${ring} border-line-strong text-ink-2`}>
          {number}
        </span>
      );
  }
}
