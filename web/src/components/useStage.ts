import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { projectQuery, storyQuery } from "../api/queries";
import type { Project, Stage, Story } from "../api/types";
import { hasStory } from "../lib/stages";

export interface StageData {
  readonly id: string;
  /** The project; the layout shows pages only once it is there. */
  readonly project: Project;
  readonly stage: Stage;
  /** null before the stage has run, undefined while loading. */
  readonly story: Story | null | undefined;
}

/** What every page of a stage needs: its project, its own state, and its story. */
export function useStage(stageId: Stage["id"]): StageData {
  const { project: id } = useParams({ from: "/signed-in/p/$project" });
  const { data: project } = useQuery(projectQuery(id));
  const told = project !== undefined && hasStory(project, stageId);
  const { data: story } = useQuery({ ...storyQuery(id, stageId), enabled: told });
  const stage = project?.stages.find((s) => s.id === stageId);
  if (project === undefined || stage === undefined) throw new Error(`The server knows no stage ${stageId}.`);
  return { id, project, stage, story: told ? story : null };
}
