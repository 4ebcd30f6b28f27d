import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { STAGE_ROUTES } from "../lib/stages";
import type { ActionHandlers } from "./Story";

/** How the page does what a story offers as the next step; a page adds what only it can do. */
export function useStoryActions(project: string, own: ActionHandlers = {}): ActionHandlers {
  const navigate = useNavigate();
  const shared = useMemo<ActionHandlers>(
    () => ({
      open_stage: ({ stage }) => {
        const route = STAGE_ROUTES[stage as keyof typeof STAGE_ROUTES];
        if (route !== undefined) void navigate({ to: route, params: { project } });
      },
      show_importance: () =>
        void navigate({
          to: "/p/$project/evaluate/{-$model}",
          params: { project },
          search: { tab: "drivers" },
        }),
      train: ({ budget_seconds: seconds }) =>
        void navigate({
          to: "/p/$project/train",
          params: { project },
          search: typeof seconds === "number" ? { budget: seconds } : {},
        }),
    }),
    [navigate, project],
  );
  return { ...shared, ...own };
}

/** The same without another training, for a run that has tried everything it planned. */
export function withoutTraining({ train: _, ...others }: ActionHandlers): ActionHandlers {
  return others;
}

/** Brings an element into sight and gives it the focus. */
export function focusOn(selector: string): void {
  const element = document.querySelector<HTMLElement>(selector);
  element?.scrollIntoView({ block: "center" });
  element?.focus();
}
