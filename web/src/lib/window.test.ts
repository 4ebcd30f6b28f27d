import { describe, expect, it } from "vitest";
import { columnWindow, edges, MAX_PIXELS, rowWindow, scrollToRow } from "./window";

describe("the rows on the screen", () => {
  it("draws what is visible and a little more", () => {
    expect(rowWindow(1000, 30, 300, 0, 5)).toEqual({ height: 30000, start: 0, end: 15, offset: 0 });
    const middle = rowWindow(1000, 30, 300, 3000, 5);
    expect(middle.start).toBe(95);
    expect(middle.end).toBe(115);
    expect(middle.offset).toBe(2850);
  });
  it("keeps fewer than a hundred rows in the page", () => {
    const { start, end } = rowWindow(1_000_000, 30, 900, 4_000_000);
    expect(end - start).toBeLessThan(100);
  });
  it("reaches the last row of a table that is higher than a browser allows", () => {
    const bottom = MAX_PIXELS - 600;
    const last = rowWindow(5_000_000, 30, 600, bottom, 0);
    expect(last.height).toBe(MAX_PIXELS);
    expect(last.end).toBe(5_000_000);
    // The last row must end where the content ends.
    expect(last.offset + (last.end - last.start) * 30).toBeCloseTo(MAX_PIXELS, 3);
  });
  it("reaches the first row of such a table too", () => {
    expect(rowWindow(5_000_000, 30, 600, 0, 0)).toMatchObject({ start: 0, offset: 0 });
  });
  it("scrolls to a row only when it is not in sight", () => {
    expect(scrollToRow(3, 1000, 30, 300, 0)).toBe(0);
    expect(scrollToRow(20, 1000, 30, 300, 0)).toBe(330);
    expect(scrollToRow(5, 1000, 30, 300, 900)).toBe(150);
  });
  it("brings any row of a scaled table into sight", () => {
    const top = scrollToRow(4_999_999, 5_000_000, 30, 600, 0);
    const shown = rowWindow(5_000_000, 30, 600, top, 0);
    expect(shown.end).toBe(5_000_000);
  });
});

describe("the columns on the screen", () => {
  it("draws only those that can be seen", () => {
    const lefts = edges(Array.from({ length: 5000 }, () => 150));
    expect(columnWindow(lefts, 900, 15000, 2)).toEqual({ start: 98, end: 108 });
  });
  it("copes with a table without columns", () => {
    expect(columnWindow(edges([]), 900, 0)).toEqual({ start: 0, end: 0 });
  });
});
