import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import type { Fact, Story } from "../api/types";
import { FactCardHost } from "./FactCard";
import { SentenceText, StoryPanel } from "./Story";

const fact: Fact = {
  id: "n_rows",
  name: "rows of the table",
  value: 7043,
  unit: "rows",
  format: "integer",
  formula: "table.rows",
  arguments: { filter: "none" },
  source: "e54c5b20ed27cca2aa",
  rows: "all rows",
};

const story: Story = {
  stage: "data_loading",
  headline: {
    text: "7,043 rows loaded.",
    parts: [{ text: "7,043 rows", fact: "n_rows" }, { text: " loaded." }],
  },
  found: [{ text: "Nothing was left out.", parts: [{ text: "Nothing was left out." }] }],
  meaning: [],
  next_steps: [
    { title: "Look at the columns", action: "open_stage", arguments: { stage: "data_profiling" } },
    { title: "Do what this page cannot", action: "unheard_of", arguments: {} },
  ],
  unknown: [],
  facts: [fact],
  narrator: "builtin",
  cut: [],
};

beforeEach(() => {
  // jsdom draws nothing, so it has no popovers; opening and closing is what counts here.
  HTMLElement.prototype.showPopover = vi.fn();
});

it("opens the card of a number by mouse and by keyboard, with formula, rows and source", async () => {
  const user = userEvent.setup();
  render(
    <FactCardHost>
      <h1>
        <SentenceText sentence={story.headline} facts={story.facts} />
      </h1>
    </FactCardHost>,
  );
  const number = screen.getByRole("button", { name: "7,043 rows" });
  expect(screen.getByRole("heading").textContent).toBe("7,043 rows loaded.");
  await user.tab();
  expect(document.activeElement).toBe(number);
  await user.keyboard("{Enter}");
  const card = document.querySelector<HTMLElement>('[aria-label="Where rows of the table comes from"]');
  if (card === null) throw new Error("the card has no name");
  expect(within(card).getByText("7,043 rows")).toBeDefined();
  expect(within(card).getByText("table.rows")).toBeDefined();
  expect(within(card).getByText("all rows")).toBeDefined();
  expect(within(card).getByText("e54c5b20ed27cca2")).toBeDefined();
  expect(HTMLElement.prototype.showPopover).toHaveBeenCalled();
});

it("leaves a piece without a known fact as plain text", () => {
  render(
    <FactCardHost>
      <SentenceText sentence={{ text: "12 rows", parts: [{ text: "12 rows", fact: "gone" }] }} facts={[]} />
    </FactCardHost>,
  );
  expect(screen.queryByRole("button", { name: "12 rows" })).toBeNull();
  expect(screen.getByText("12 rows")).toBeDefined();
});

it("offers the next steps it can do, and only those", async () => {
  const open = vi.fn();
  render(<StoryPanel story={story} actions={{ open_stage: open }} />);
  await userEvent.click(screen.getByRole("button", { name: "Look at the columns" }));
  expect(open).toHaveBeenCalledExactlyOnceWith({ stage: "data_profiling" });
  expect(screen.queryByRole("button", { name: "Do what this page cannot" })).toBeNull();
});

it("says where its text is from, and what was cut", () => {
  const { rerender } = render(<StoryPanel story={story} />);
  expect(screen.getByText(/Every number is computed from your data/)).toBeDefined();
  rerender(<StoryPanel story={{ ...story, narrator: "llm", cut: ["unbound number"] }} />);
  expect(screen.getByText(/Written by a language model, numbers checked/)).toBeDefined();
  expect(screen.getByText("One sentence was cut by the check")).toBeDefined();
});
