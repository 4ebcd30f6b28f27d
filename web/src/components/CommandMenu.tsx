import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { projectsQuery } from "../api/queries";
import type { Project } from "../api/types";
import { nextStage, STAGE_ROUTES } from "../lib/stages";
import { Dialog } from "./Dialog";

interface Command {
  readonly key: string;
  readonly title: string;
  readonly hint: string;
  readonly run: () => void;
}

// biome-ignore lint/style/noDefaultExport: loaded on demand
export default function CommandMenu({ project, onClose }: { project: Project | null; onClose: () => void }) {
  const id = useId();
  const navigate = useNavigate();
  const { data: projects = [] } = useQuery(projectsQuery);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const commands = useMemo<Command[]>(() => {
    const go = (run: () => unknown) => () => {
      onClose();
      void run();
    };
    const stages = (project?.stages ?? []).map((stage) => ({
      key: stage.id,
      title: stage.title,
      hint: stage.fact ?? stage.reason ?? "stage of this project",
      run: go(() => navigate({ to: STAGE_ROUTES[stage.id], params: { project: project?.id ?? "" } })),
    }));
    const others = projects.map((item) => ({
      key: item.id,
      title: item.name,
      hint: item.question || "project",
      run: go(() =>
        navigate({
          to: STAGE_ROUTES[nextStage(item.stages)?.id ?? "data_loading"],
          params: { project: item.id },
        }),
      ),
    }));
    const pages = [
      {
        key: "new",
        title: "New project",
        hint: "load a file or a sample",
        run: go(() => navigate({ to: "/new" })),
      },
      { key: "projects", title: "Projects", hint: "page", run: go(() => navigate({ to: "/" })) },
      { key: "data", title: "Data", hint: "page", run: go(() => navigate({ to: "/data" })) },
      { key: "models", title: "Models", hint: "page", run: go(() => navigate({ to: "/models" })) },
      {
        key: "experiments",
        title: "Training runs",
        hint: "page",
        run: go(() => navigate({ to: "/experiments" })),
      },
      {
        key: "operations",
        title: "Operations",
        hint: "page",
        run: go(() => navigate({ to: "/operations" })),
      },
    ];
    return [...stages, ...others, ...pages];
  }, [project, projects, navigate, onClose]);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands
    .filter((c) => words.every((word) => `${c.title} ${c.hint}`.toLowerCase().includes(word)))
    .slice(0, 12);
  const chosen = Math.min(at, found.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((chosen + 1) % Math.max(1, found.length));
    else if (event.key === "ArrowUp") setAt((chosen - 1 + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") found[chosen]?.run();
    else return;
    event.preventDefault();
  };
  return (
    <Dialog
      label="Search or jump to"
      onClose={onClose}
      className="mt-[12vh] w-[34rem] max-w-[calc(100vw-2rem)] overflow-hidden"
    >
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Search size={17} aria-hidden className="text-ink-3" />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={found[chosen] ? `${id}-${chosen}` : undefined}
          aria-label="Search projects, stages and pages"
          placeholder="A project, a stage, a page…"
          className="h-12 grow bg-transparent text-14 outline-none placeholder:text-ink-3"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={id} role="listbox" aria-label="Results" className="max-h-[50vh] overflow-y-auto p-1.5">
        {found.map((command, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the field above
          <div
            key={command.key}
            id={`${id}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            className="flex min-h-9 cursor-pointer items-baseline gap-3 rounded-6 px-3 py-1.5 text-13 aria-selected:bg-accent-soft"
            onClick={command.run}
            onMouseEnter={() => setAt(i)}
          >
            <span className="shrink-0 font-medium">{command.title}</span>
            <span className="truncate text-12 text-ink-2">{command.hint}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="px-5 pb-4 text-13 text-ink-2">Nothing here is called that.</p>}
    </Dialog>
  );
}
