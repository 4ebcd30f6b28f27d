import { expect, it } from "vitest";
import { move } from "./gridKeys";

const press = (key: string, ctrl = false, from = { row: 5, column: 2 }) => move(from, key, ctrl, 100, 10, 20);

it("moves by one, to the edge with Ctrl, and never outside", () => {
  expect(press("ArrowDown")).toEqual({ row: 6, column: 2 });
  expect(press("ArrowDown", true)).toEqual({ row: 99, column: 2 });
  expect(press("ArrowLeft", false, { row: 0, column: 0 })).toEqual({ row: 0, column: 0 });
  expect(press("ArrowRight", true)).toEqual({ row: 5, column: 9 });
});

it("moves by screens, to the ends of a row and of the table", () => {
  expect(press("PageDown")).toEqual({ row: 25, column: 2 });
  expect(press("PageUp")).toEqual({ row: 0, column: 2 });
  expect(press("Home")).toEqual({ row: 5, column: 0 });
  expect(press("End", true)).toEqual({ row: 99, column: 9 });
});

it("reaches the header where there is something to do", () => {
  const up = (row: number, ctrl = false) => move({ row, column: 2 }, "ArrowUp", ctrl, 100, 10, 20, -1);
  expect(up(5)).toEqual({ row: 4, column: 2 });
  expect(up(0)).toEqual({ row: -1, column: 2 });
  expect(up(-1)).toEqual({ row: -1, column: 2 });
  expect(up(5, true)).toEqual({ row: 0, column: 2 });
  expect(press("ArrowUp", false, { row: 0, column: 2 })).toEqual({ row: 0, column: 2 });
  expect(move({ row: -1, column: 2 }, "ArrowDown", false, 100, 10, 20, -1)).toEqual({ row: 0, column: 2 });
});

it("leaves other keys to the browser", () => {
  expect(press("Tab")).toBeNull();
  expect(press("a")).toBeNull();
});
