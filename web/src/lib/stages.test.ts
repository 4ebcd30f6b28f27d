import { describe, expect, it } from "vitest";
import type { Project, Stage } from "../api/types";
import { failureOf, nextStage, stageOfPath } from "./stages";

const stage = (id: Stage["id"], state: Stage["state"]): Stage => ({ id, state, title: id, route: "" });

it("knows which stage an address shows", () => {
  expect(stageOfPath("/p/prj_1/train")).toBe("model_training");
  expect(stageOfPath("/p/prj_1/load/")).toBe("data_loading");
  expect(stageOfPath("/p/prj_1")).toBeNull();
});

it("continues where work is, else where it can go on", () => {
  const stages = [
    stage("data_loading", "done"),
    stage("data_profiling", "ready"),
    stage("data_preparation", "locked"),
  ];
  expect(nextStage(stages)?.id).toBe("data_profiling");
  expect(nextStage([...stages, stage("model_training", "current")])?.id).toBe("model_training");
  expect(nextStage([stage("data_loading", "done")])?.id).toBe("data_loading");
});

describe("what went wrong last", () => {
  const step = (id: Stage["id"], state: Stage["state"], reason: string | null): Stage => ({
    ...stage(id, state),
    reason,
  });
  const project = (more: object) =>
    ({
      running_jobs: [],
      dataset_id: "d1",
      dataset_version_id: null,
      experiment_id: null,
      stages: [step("data_loading", "current", "It is a picture."), step("model_training", "locked", "x")],
      ...more,
    }) as unknown as Project;

  it("is a file that could not be read, once nothing is at work on it any more", () => {
    expect(failureOf(project({}))?.reason).toBe("It is a picture.");
    expect(failureOf(project({ running_jobs: ["job_1"] }))).toBeNull();
    expect(failureOf(project({ dataset_id: null }))).toBeNull();
  });

  it("is a training that failed, not one that waits to be started", () => {
    const stages = [step("data_loading", "done", null), step("model_training", "ready", "No memory.")];
    const failed = project({ stages, dataset_version_id: "v1", experiment_id: "e1" });
    expect(failureOf(failed)?.stage.id).toBe("model_training");
    expect(failureOf({ ...failed, experiment_id: null })).toBeNull();
  });
});
