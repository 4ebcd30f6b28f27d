import { describe, expect, it } from "vitest";
import { labelHeight } from "./LineChart";

describe("the name of a line", () => {
  it("stands on the side it wants where there is room", () => {
    expect(labelHeight([120, 130], true, 280)).toBe(111);
    expect(labelHeight([120, 130], false, 280)).toBe(147);
  });
  it("never lies over the axis: a line at the bottom is named above it, one at the top below it", () => {
    expect(labelHeight([230, 236], false, 280)).toBe(221);
    expect(labelHeight([12, 20], true, 280)).toBe(37);
  });
  it("stays inside the plot where a line fills it", () => {
    expect(labelHeight([10, 238], false, 280)).toBe(233);
    expect(labelHeight([10, 238], true, 280)).toBe(22);
  });
});
