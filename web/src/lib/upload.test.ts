import { expect, it } from "vitest";
import { estimate } from "./upload";

it("gives speed and time left only when there is enough to judge by", () => {
  expect(estimate([], 100).speed).toBeNull();
  expect(estimate([{ at: 0, sent: 0 }], 100).speed).toBeNull();
  expect(
    estimate(
      [
        { at: 0, sent: 0 },
        { at: 1000, sent: 3_000_000 },
      ],
      1e9,
    ).secondsLeft,
  ).toBeNull();
  const { speed, secondsLeft } = estimate(
    [
      { at: 0, sent: 0 },
      { at: 1000, sent: 3_000_000 },
      { at: 2000, sent: 6_000_000 },
    ],
    12_000_000,
  );
  expect(speed).toBe(3_000_000);
  expect(secondsLeft).toBe(2);
});

it("follows the speed of the last seconds, not of the whole way", () => {
  const samples = [
    { at: 0, sent: 0 },
    { at: 1000, sent: 5_000_000 },
    { at: 6000, sent: 5_000_000 },
    { at: 7000, sent: 6_000_000 },
  ];
  expect(estimate(samples, 8_000_000).speed).toBe(1_000_000);
});
