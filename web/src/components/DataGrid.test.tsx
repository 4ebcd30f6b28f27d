import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { DataGrid, type GridColumn } from "./DataGrid";

const columns: GridColumn[] = [
  { name: "id", kind: "identifier", width: 100 },
  { name: "age", kind: "integer", width: 100 },
  { name: "city", kind: "category", width: 100 },
];

it("draws few of many rows, tells how many there are, and moves by keyboard", async () => {
  const user = userEvent.setup();
  render(
    <DataGrid
      label="People"
      columns={columns}
      total={50_000}
      rowAt={(i) => (i < 100 ? [`P-${i}`, i === 1 ? null : 20 + i, "Lyon"] : undefined)}
      header={(column) => column.name}
      headerHeight={40}
      target="city"
    />,
  );
  const grid = screen.getByRole("grid", { name: "People" });
  expect(grid.getAttribute("aria-rowcount")).toBe("50001");
  expect(screen.getAllByRole("row").length).toBeLessThan(100);
  expect(screen.getByRole("gridcell", { name: "empty" })).toBeDefined();
  await user.tab();
  expect(document.activeElement).toBe(grid);
  await user.keyboard("{ArrowDown}{ArrowDown}{ArrowRight}");
  const active = grid.getAttribute("aria-activedescendant") ?? "";
  const cell = document.getElementById(active);
  expect(cell?.textContent).toBe("22");
  expect(cell?.getAttribute("aria-selected")).toBe("true");
});
