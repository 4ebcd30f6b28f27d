import { beforeEach, expect, it } from "vitest";
import type { ContractColumn } from "../api/types";
import { keepDraft, readDraft } from "./draft";

const columns = [{ name: "age" }, { name: "city" }] as ContractColumn[];

beforeEach(() => sessionStorage.clear());

it("gives a typed case back for the version it was typed for, and for no other", () => {
  keepDraft("v1", { age: 42, city: null });
  expect(readDraft("v1", columns)).toEqual({ age: 42, city: null });
  expect(readDraft("v2", columns)).toEqual({});
});

it("forgets a case that was taken back, and leaves out what does not fit", () => {
  keepDraft("v1", { age: 42 });
  keepDraft("v1", {});
  expect(readDraft("v1", columns)).toEqual({});
  sessionStorage.setItem("narrative-case-v1", '{"gone": 1, "city": {"a": 1}, "age": 3}');
  expect(readDraft("v1", columns)).toEqual({ age: 3 });
  sessionStorage.setItem("narrative-case-v1", "no JSON");
  expect(readDraft("v1", columns)).toEqual({});
});
