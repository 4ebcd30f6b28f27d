import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { candidatesQuery } from "../api/queries";
import { metricsQuery } from "../api/training";
import type { Project } from "../api/types";
import { BudgetForm } from "./BudgetForm";

const project = { id: "p1", target: "bought", problem: "binary" } as Project;

const METRICS = [
  ["f1", "F1", "Precision and recall together.", "binary"],
  ["rmse", "RMSE", "Size of the error.", "regression"],
  ["roc_auc", "ROC AUC", "How often a positive case is ranked first.", "binary"],
].map(([name = "", title = "", sentence = "", problem]) => ({
  name,
  title,
  sentence,
  problems: [problem as "binary" | "regression"],
  is_usual_for: name === "f1" ? [] : [problem as "binary" | "regression"],
  higher_is_better: name !== "rmse",
}));

function show() {
  const client = new QueryClient();
  client.setQueryData(candidatesQuery.queryKey, []);
  client.setQueryData(metricsQuery.queryKey, METRICS);
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

it("offers the scores that suit, the usual one first, each with its meaning", async () => {
  show();
  await userEvent.click(screen.getByText("More choices"));
  const metric = screen.getByLabelText<HTMLSelectElement>("The best model is the one with the best");
  expect([...metric.options].map((option) => option.text)).toEqual(["ROC AUC (usual)", "F1"]);
  expect(screen.getByText("How often a positive case is ranked first.")).toBeDefined();
  await userEvent.selectOptions(metric, "F1");
  expect(screen.getByText("Precision and recall together.")).toBeDefined();
});

it("does not start before the column of the groups is chosen", async () => {
  show();
  await userEvent.click(screen.getByText("More choices"));
  await userEvent.selectOptions(screen.getByLabelText("Rows kept for the test"), "whole groups");
  expect(screen.getByRole("alert").textContent).toContain("Choose the column");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Start training" }).disabled).toBe(true);
});
