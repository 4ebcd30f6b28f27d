import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Project } from "../api/types";
import { ReportMenu } from "./ReportMenu";

const PROJECT = { id: "proj_1", name: "Churn" } as Project;

test("offers the report of a project as a page, as Markdown and as JSON", () => {
  render(<ReportMenu project={PROJECT} className="btn" text="Report" />);
  expect(screen.getByRole("button", { name: "Report of Churn" })).toBeDefined();
  const links = screen.getAllByRole("link", { hidden: true });
  expect(links.map((link) => link.getAttribute("href"))).toEqual([
    "/api/v1/projects/proj_1/report?format=html",
    "/api/v1/projects/proj_1/report?format=md&download=true",
    "/api/v1/projects/proj_1/report?format=json&download=true",
  ]);
  expect(links[0]?.getAttribute("target")).toBe("_blank");
});
