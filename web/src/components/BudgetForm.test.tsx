import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { candidatesQuery } from "../api/queries";
import type { Project } from "../api/types";
import { BudgetForm } from "./BudgetForm";

const project = { id: "p1", target: "bought", problem: "binary" } as Project;

function show() {
  const client = new QueryClient();
  client.setQueryData(candidatesQuery.queryKey, []);
  render(
    <QueryClientProvider client={client}>
      <BudgetForm project={project} />
    </QueryClientProvider>,
  );
}

it("takes an own budget exactly as it is typed", async () => {
  show();
  const field = screen.getByLabelText<HTMLInputElement>("Budget in seconds");
  await userEvent.click(field);
  await userEvent.keyboard("20");
  expect(field.value).toBe("20");
  expect(screen.getByRole<HTMLInputElement>("radio", { name: /Own/ }).checked).toBe(true);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Start training" }).disabled).toBe(false);
});

it("brings one to the field when Own is chosen and says what is wrong only once something is typed", async () => {
  show();
  await userEvent.click(screen.getByRole("radio", { name: /Own/ }));
  const field = screen.getByLabelText<HTMLInputElement>("Budget in seconds");
  expect(document.activeElement).toBe(field);
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Start training" }).disabled).toBe(true);
  await userEvent.keyboard("2");
  expect(screen.getByRole("alert").textContent).toContain("from 3 to 86,400 seconds");
});
