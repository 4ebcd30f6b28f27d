import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { Finding } from "../api/types";
import { FindingsPanel } from "./Findings";

const look = { kind: "show_column", title: "Show “city”", column: "city" } as const;
const step = {
  kind: "apply_step",
  title: "Remove “city”",
  step: { id: "s", type: "drop_columns", params: {}, enabled: true },
} as const;

function finding(actions: Finding["actions"]): Finding {
  return { code: "x", columns: ["city"], facts: {}, headline: "H", reason: "R", severity: "decide", actions };
}

it("asks for no decision where the page has only a look to offer", async () => {
  const onShow = vi.fn();
  render(<FindingsPanel findings={[finding([step, look])]} onShow={onShow} onChooseTarget={() => {}} />);
  expect(screen.getByText("Worth a look")).toBeTruthy();
  expect(screen.queryByText("Decide")).toBeNull();
  expect(screen.queryByRole("button", { name: "Remove “city”" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Show “city”" }));
  expect(onShow).toHaveBeenCalledExactlyOnceWith("city");
});

it("asks for one where a button carries it out", async () => {
  const choose = vi.fn();
  const action = { kind: "choose_target", title: "Choose another column" } as const;
  render(<FindingsPanel findings={[finding([action, look])]} onShow={() => {}} onChooseTarget={choose} />);
  expect(screen.getByText("Decide")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Choose another column" }));
  expect(choose).toHaveBeenCalledOnce();
});
