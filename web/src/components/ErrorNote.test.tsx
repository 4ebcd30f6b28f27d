import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { problemFrom } from "../api/problem";
import { ErrorNote } from "./ErrorNote";

it("says what happened, where, and the way on, with the request id at hand", async () => {
  const retry = vi.fn();
  const problem = problemFrom(422, {
    title: "The input cannot be used",
    detail: "The file has no rows.",
    code: "table_empty",
    row: 1,
    fix: "Add at least one row below the header.",
    request_id: "req_7",
  });
  render(<ErrorNote error={problem} onRetry={retry} retryText="Choose another file" />);
  expect(screen.getByRole("alert").textContent).toContain("The file has no rows. (line 1)");
  expect(screen.getByText("Add at least one row below the header.")).toBeDefined();
  expect(screen.getByText("req_7")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Choose another file" }));
  expect(retry).toHaveBeenCalledOnce();
});

it("says plainly that the server cannot be reached", () => {
  render(<ErrorNote error={new TypeError("Failed to fetch")} />);
  expect(screen.getByText("The server cannot be reached")).toBeDefined();
});
