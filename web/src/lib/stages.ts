import type { Project, Stage } from "../api/types";

/** Where each stage lives in the page. */
export const STAGE_ROUTES = {
  data_loading: "/p/$project/load",
  data_profiling: "/p/$project/profile",
  data_preparation: "/p/$project/prepare",
  feature_engineering: "/p/$project/features",
  model_training: "/p/$project/train",
  model_evaluation: "/p/$project/evaluate/{-$model}",
  prediction: "/p/$project/predict/{-$model}",
  deployment: "/p/$project/deploy",
} as const satisfies Record<Stage["id"], string>;

/** The short addresses that lead to a stage of the last opened project. */
export const SHORT_ROUTES = {
  "/upload": "data_loading",
  "/explore": "data_profiling",
  "/prepare": "data_preparation",
  "/features": "feature_engineering",
  "/model": "model_training",
  "/evaluate": "model_evaluation",
  "/predict": "prediction",
  "/deploy": "deployment",
} as const satisfies Record<string, Stage["id"]>;

/** The stage that an address inside a project shows. */
export function stageOfPath(pathname: string): Stage["id"] | null {
  const last = pathname.replace(/\/+$/, "").split("/")[3];
  for (const [id, route] of Object.entries(STAGE_ROUTES)) {
    if (route.split("/")[3] === last) return id as Stage["id"];
  }
  return null;
}

/**
 * Whether a stage has run, so that asking for its story makes sense. Loading profiles as well; training prepares,
 * makes features and evaluates.
 */
export function hasStory(project: Project, stage: Stage["id"]): boolean {
  if (stage === "data_loading" || stage === "data_profiling") return project.dataset_version_id != null;
  if (stage === "deployment") return project.deployment_id != null;
  return stage !== "prediction" && project.model_version_id != null;
}

/** The stage to continue with: the one in work, else the first that is ready, else the last that is done. */
export function nextStage(stages: readonly Stage[]): Stage | undefined {
  return (
    stages.find((s) => s.state === "current") ??
    stages.find((s) => s.state === "ready" || s.state === "out_of_date") ??
    [...stages].reverse().find((s) => s.state === "done")
  );
}

/** What went wrong last and stands in the way, with the stage where to go on; null when nothing did. */
export function failureOf(project: Project): { readonly stage: Stage; readonly reason: string } | null {
  if ((project.running_jobs ?? []).length > 0) return null;
  const [load] = project.stages;
  if (load?.reason && project.dataset_id != null && project.dataset_version_id == null)
    return { stage: load, reason: load.reason };
  const train = project.stages.find((s) => s.id === "model_training");
  return train?.state === "ready" && train.reason && project.experiment_id != null
    ? { stage: train, reason: train.reason }
    : null;
}

const LAST = "narrative-last-project";

export function rememberProject(id: string): void {
  try {
    localStorage.setItem(LAST, id);
  } catch {
    // Without storage the newest project of the server stands in.
  }
}

export function lastProject(): string | null {
  try {
    return localStorage.getItem(LAST);
  } catch {
    return null;
  }
}
