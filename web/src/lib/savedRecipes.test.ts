import { expect, test } from "vitest";
import {
  answeredColumns,
  chosenColumns,
  openColumns,
  popularFirst,
  readRecipe,
  sharedColumns,
} from "./savedRecipes";

test("recipes that were used stand first, and each stands once", () => {
  const [a, b, c] = [{ id: "a" }, { id: "b" }, { id: "c" }];
  expect(popularFirst([c], [a, b, c])).toEqual([c, a, b]);
  expect(popularFirst([], [a, b])).toEqual([a, b]);
});

test("an exported recipe brings its name along, and everything in it goes to the server", () => {
  const file = {
    version: 1,
    steps: [{ type: "trim_whitespace" }],
    name: " House rules ",
    columns: { city: "text" },
  };
  expect(readRecipe(JSON.stringify(file))).toEqual({ name: "House rules", about: "", recipe: file });
});

test("a text that is no recipe is refused with what is wrong with it", () => {
  expect(readRecipe('{"steps": [')).toContain("not JSON");
  expect(readRecipe("[1, 2]")).toContain("no recipe");
  expect(readRecipe("null")).toContain("no recipe");
  expect(readRecipe('{"steps": 3}')).toContain("no recipe");
  expect(readRecipe('{"steps": []}')).toContain("no steps");
});

test("what the person chose stands over what was proposed, also where they took it away", () => {
  const proposed = { city: "town", note: null };
  expect(openColumns(proposed)).toEqual(["note"]);
  const mapping = chosenColumns(proposed, { note: "remark" });
  expect(openColumns(mapping)).toEqual([]);
  expect(answeredColumns(mapping)).toEqual({ city: "town", note: "remark" });
  expect(openColumns(chosenColumns(proposed, { city: null }))).toEqual(["city", "note"]);
});

test("two columns that would become the same one are named", () => {
  expect(sharedColumns({ a: "x", b: "x", c: "y", d: null, e: null })).toEqual(["x"]);
  expect(sharedColumns({ a: "x", b: "y" })).toEqual([]);
});
