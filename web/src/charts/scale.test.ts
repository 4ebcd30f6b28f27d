import { describe, expect, it } from "vitest";
import { extent, linear, nice, path, ticks } from "./scale";

describe("axes", () => {
  it("names at most six round values", () => {
    expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(0.771, 0.889)).toEqual([0.775, 0.8, 0.825, 0.85, 0.875]);
    expect(ticks(-130, 7040)).toEqual([0, 2000, 4000, 6000]);
    for (const [low, high] of [
      [0, 3],
      [5, 133],
      [0.1, 0.11],
      [-3e6, 8e6],
    ] as const) {
      expect(ticks(low, high).length).toBeLessThanOrEqual(6);
      expect(ticks(low, high).length).toBeGreaterThan(1);
    }
  });
  it("does not fail on a single value", () => {
    expect(ticks(4, 4)).toEqual([4]);
    expect(extent([])).toEqual([0, 1]);
    const [low, high] = extent([7, 7]);
    expect(low).toBeLessThan(7);
    expect(high).toBeGreaterThan(7);
  });
  it("does not run for ever between values that differ by noise only", () => {
    expect(ticks(1.0487, 1.0487 + 3e-16)).toEqual([1.0487]);
    expect(ticks(0, Number.POSITIVE_INFINITY)).toEqual([0]);
    const [low, high] = extent([1.0487, 1.0487 + 3e-16]);
    expect(high - low).toBeGreaterThan(0.1);
  });
  it("widens to round values", () => {
    expect(nice([0.78, 0.883])).toEqual([0.775, 0.9]);
  });
  it("maps values to pixels", () => {
    const scale = linear([0, 10], [100, 200]);
    expect(scale(5)).toBe(150);
    expect(linear([3, 3], [0, 10])(3)).toBe(5);
  });
  it("draws a path", () => {
    expect(
      path([
        [0, 1],
        [2.25, 3],
      ]),
    ).toBe("M0.0 1.0L2.3 3.0");
  });
});
