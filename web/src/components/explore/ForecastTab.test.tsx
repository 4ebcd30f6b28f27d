import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ForecastCard } from "./ForecastTab";
import type { Forecast } from "./useExploration";

const at = (series: string | null, value: number) => ({
  series,
  time: "2024-01-03",
  forecast: value,
  lower: value - 1,
  upper: value + 1,
});
const base = {
  target: "sales",
  time: "day",
  interval_level: 0.8,
  frequency: { words: "daily" },
} as unknown as Forecast;

function found(part: Partial<Forecast>): Forecast {
  return { ...base, ...part };
}

it("draws one of the series there are when a later forecast is of other ones", () => {
  const one = found({
    forecasts: [at(null, 10)],
    history: [{ series: null, time: "2024-01-02", value: 9 }],
  });
  const { container, rerender } = render(<ForecastCard found={one} />);
  expect(screen.getByText(/meant to hold 80%/)).toBeDefined();
  rerender(<ForecastCard found={found({ forecasts: [at("a", 20), at("b", 30)], history: [] })} />);
  expect((screen.getByLabelText("Series") as HTMLSelectElement).value).toBe("a");
  expect(container.innerHTML).not.toContain("NaN");
  expect(screen.getByText(/The past is drawn for the first series only/)).toBeDefined();
});
