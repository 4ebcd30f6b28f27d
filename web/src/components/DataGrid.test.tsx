import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
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

/** Nothing is laid out here: the height of the grid is given, and a scroll event says where it stands. */
function scrollTo(grid: HTMLElement, top: number): void {
  Object.defineProperty(grid, "clientHeight", { value: 640, configurable: true });
  grid.scrollTop = top;
  fireEvent.scroll(grid);
}

function watchSizes(): void {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
}

it("chooses the cell that is pressed, in a scrolled table too, and names only that one", async () => {
  watchSizes();
  const user = userEvent.setup();
  render(
    <DataGrid
      label="People"
      columns={columns}
      total={500_000}
      rowAt={(i) => [`P-${i}`, i, `city ${i}`]}
      header={(column) => column.name}
      headerHeight={40}
    />,
  );
  const grid = screen.getByRole("grid", { name: "People" });
  scrollTo(grid, 30 * 123_456);
  const cell = await screen.findByRole("gridcell", { name: "city 123456" });
  await user.pointer({ target: cell, keys: "[MouseLeft]" });
  expect(cell.getAttribute("aria-selected")).toBe("true");
  expect(cell.getAttribute("aria-colindex")).toBe("3");
  expect(grid.getAttribute("aria-activedescendant")).toBe(cell.id);
  expect(grid.querySelectorAll("[role=gridcell][id]").length).toBe(1);
});

it("draws a row that stays in sight no second time when the table scrolls", async () => {
  watchSizes();
  const rows = Array.from({ length: 2000 }, (_, i) => [`P-${i}`, i, "Lyon"]);
  render(
    <DataGrid
      label="People"
      columns={columns}
      total={rows.length}
      rowAt={(i) => rows[i]}
      header={(column) => column.name}
      headerHeight={40}
    />,
  );
  const grid = screen.getByRole("grid", { name: "People" });
  scrollTo(grid, 0);
  const kept = screen.getByRole("gridcell", { name: "P-20" }).closest("[role=row]") as HTMLElement;
  const changes: MutationRecord[] = [];
  const observer = new MutationObserver((seen) => changes.push(...seen));
  observer.observe(kept, { attributes: true, childList: true, subtree: true, characterData: true });
  scrollTo(grid, 30 * 15);
  await screen.findByRole("gridcell", { name: "P-40" });
  observer.disconnect();
  expect(kept.isConnected).toBe(true);
  expect(changes).toEqual([]);
});
