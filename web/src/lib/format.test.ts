import { describe, expect, it } from "vitest";
import * as format from "./format";

describe("numbers", () => {
  it("writes counts in full and compacts only from ten thousand", () => {
    expect(format.count(100000)).toBe("100,000");
    expect(format.compact(9400)).toBe("9,400");
    expect(format.compact(123456)).toBe("123.5k");
  });
  it("gives percentages one decimal below ten percent and never rounds to none or all", () => {
    expect(format.percent(0.38)).toBe("38%");
    expect(format.percent(0.041)).toBe("4.1%");
    expect(format.percent(0.0999)).toBe("10%");
    expect(format.percent(0.0004)).toBe("<0.1%");
    expect(format.percent(0.9996)).toBe(">99.9%");
    expect(format.percent(0)).toBe("0%");
    expect(format.percent(1)).toBe("100%");
  });
  it("gives scores three decimals and large errors none", () => {
    expect(format.score(0.8714)).toBe("0.871");
    expect(format.score(-0.00001)).toBe("−1.00e−5");
    expect(format.score(0.0003)).toBe("0.0003");
    expect(format.score(0)).toBe("0.000");
    expect(format.score(931.62)).toBe("931.6");
    expect(format.score(1234.56)).toBe("1,235");
  });
  it("keeps about four meaningful digits of measured values", () => {
    expect(format.number(13.98)).toBe("13.98");
    expect(format.number(0.01234)).toBe("0.0123");
    expect(format.number(1234567.8)).toBe("1,234,568");
    expect(format.number(-5)).toBe("−5");
    expect(format.number(2.5e-7)).toBe("2.50e−7");
    expect(format.number(null)).toBe("–");
    expect(format.number(Number.NaN)).toBe("–");
  });
  it("signs every change", () => {
    expect(format.change(0.42)).toBe("+0.42");
    expect(format.change(-1200)).toBe("−1,200");
    expect(format.change(0)).toBe("±0");
    expect(format.points(0.123)).toBe("+12.3");
    expect(format.points(-0.0001)).toBe("±0.0");
  });
});

describe("time and size", () => {
  it("writes durations in words people use", () => {
    expect(format.duration(0.0042)).toBe("4.2 ms");
    expect(format.duration(8)).toBe("8 s");
    expect(format.duration(112)).toBe("1 min 52 s");
    expect(format.duration(60)).toBe("1 min");
    expect(format.duration(7500)).toBe("2 h 5 min");
  });
  it("rounds the time left up", () => {
    expect(format.timeLeft(21.2)).toBe("about 25 s left");
    expect(format.timeLeft(3)).toBe("a few seconds left");
    expect(format.timeLeft(61)).toBe("about 1 min 15 s left");
    expect(format.timeLeft(null)).toBeNull();
  });
  it("counts bytes in steps of a thousand", () => {
    expect(format.bytes(0)).toBe("0 B");
    expect(format.bytes(9_400_000)).toBe("9.4 MB");
    expect(format.bytes(12_000_000)).toBe("12 MB");
  });
  it("leaves the year out only when it is this one", () => {
    const now = new Date(2025, 10, 23);
    expect(format.dateTime(new Date(2025, 10, 20, 14, 2).toISOString(), now)).toBe("20 Nov, 14:02");
    expect(format.dateTime(new Date(2024, 10, 20, 14, 2).toISOString(), now)).toBe("20 Nov 2024, 14:02");
    expect(format.dateTime("never", now)).toBe("–");
  });
});

describe("cells", () => {
  it("shows what stands in the data, unrounded", () => {
    expect(format.cell(null)).toBe("empty");
    expect(format.cell(13.987654321)).toBe("13.987654321");
    expect(format.cell(2021, "category")).toBe("2021");
    expect(format.cell("2021-05-02T00:00:00", "date")).toBe("2021-05-02");
    expect(format.cell("2021-05-02T14:30:00", "datetime")).toBe("2021-05-02 14:30");
    expect(format.cell(-3)).toBe("−3");
    expect(format.cell(-46.5)).toBe("−46.5");
  });
  it("agrees in number", () => {
    expect(format.plural(1, "row")).toBe("1 row");
    expect(format.plural(1200, "row")).toBe("1,200 rows");
    expect(format.plural(2, "category", "categories")).toBe("2 categories");
  });
  it("shows a fact in its own format", () => {
    expect(format.factValue(0.265, "percent")).toBe("27%");
    expect(format.factValue(7043, "integer", "rows")).toBe("7,043 rows");
    expect(format.factValue("churn", "text")).toBe("churn");
    expect(format.factValue(null, "score")).toBe("–");
  });
});
