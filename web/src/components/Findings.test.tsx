import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { Finding, ProfileOverview } from "../api/types";
import { FindingsPanel } from "./Findings";

const noSteps = { place: () => null, add: () => {}, remove: () => {}, busy: false, error: null };

const look = { kind: "show_column", title: "Show “city”", column: "city" } as const;
const step = {
  kind: "apply_step",
  title: "Remove “city”",
  step: { id: "s", type: "drop_columns", params: {}, enabled: true },
} as const;

function finding(actions: Finding["actions"]): Finding {
  return { code: "x", columns: ["city"], facts: {}, headline: "H", reason: "R", severity: "decide", actions };
}

const found = (findings: Finding[]): Pick<ProfileOverview, "findings" | "n_findings" | "n_urgent"> => ({
  findings,
  n_findings: findings.length,
  n_urgent: findings.length,
});

it("asks for no decision where the page has only a look to offer", async () => {
  const onShow = vi.fn();
  render(
    <FindingsPanel
      profile={found([finding([look])])}
      onShow={onShow}
      onChooseTarget={() => {}}
      steps={noSteps}
    />,
  );
  expect(screen.getByText("Worth a look")).toBeTruthy();
  expect(screen.queryByText("Decide")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Show “city”" }));
  expect(onShow).toHaveBeenCalledExactlyOnceWith("city");
});

it("asks for one where a button carries it out", async () => {
  const add = vi.fn();
  const remove = vi.fn();
  const panel = (done: boolean) => (
    <FindingsPanel
      profile={found([finding([step, look])])}
      onShow={() => {}}
      onChooseTarget={() => {}}
      steps={{ ...noSteps, add, remove, place: () => (done ? 2 : null) }}
    />
  );
  const { rerender } = render(panel(false));
  expect(screen.getByText("Decide")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Remove “city”" }));
  expect(add).toHaveBeenCalledExactlyOnceWith(step.step);
  rerender(panel(true));
  expect(screen.queryByRole("button", { name: "Remove “city”" })).toBeNull();
  expect(screen.getByText(/among your steps/)).toBeTruthy();
  expect(screen.getByText("Handled by step 2")).toBeTruthy();
  expect(screen.queryByText("Decide")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Undo Remove “city”" }));
  expect(remove).toHaveBeenCalledExactlyOnceWith(step.step);
});
