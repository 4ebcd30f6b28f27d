import { expect, test } from "vitest";
import { ancestors, layered, neighbour } from "./layers";

const NODES = ["file", "v1", "v2", "v3", "model"];
const EDGES = [
  { source: "file", target: "v1" },
  { source: "v1", target: "v2" },
  { source: "v1", target: "v3" },
  { source: "v3", target: "model" },
  { source: "v1", target: "model" },
];

test("every node stands below all it was made of", () => {
  const places = layered(NODES, EDGES);
  for (const { source, target } of EDGES) {
    expect(places.get(source)?.layer).toBeLessThan(places.get(target)?.layer ?? 0);
  }
  expect(places.get("model")).toEqual({ layer: 3, at: 0 });
});

test("an edge to something that is filtered away moves nothing", () => {
  expect(layered(["v2"], EDGES).get("v2")).toEqual({ layer: 0, at: 0 });
});

test("the ancestors of a model are what it was made of, and nothing else", () => {
  expect([...ancestors("model", EDGES)].toSorted()).toEqual(["file", "model", "v1", "v3"]);
});

test("arrow keys go along the graph, and nowhere where it ends", () => {
  const places = layered(NODES, EDGES);
  const go = (key: string, from: string) => neighbour(key, from, places, EDGES);
  expect([go("ArrowDown", "file"), go("ArrowUp", "v3"), go("ArrowRight", "v2")]).toEqual(["v1", "v1", "v3"]);
  expect([go("ArrowUp", "file"), go("ArrowLeft", "v2"), go("Enter", "v2")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
