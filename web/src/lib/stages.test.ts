import { expect, it } from "vitest";
import type { Stage } from "../api/types";
import { nextStage, stageOfPath } from "./stages";

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
