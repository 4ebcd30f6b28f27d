import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, it } from "vitest";
import { Tabs } from "./Tabs";

function Example() {
  const [value, setValue] = useState<"one" | "two">("one");
  return (
    <Tabs
      label="Views"
      tabs={[
        { id: "one", title: "One" },
        { id: "two", title: "Two" },
      ]}
      value={value}
      onChange={setValue}
    >
      content of {value}
    </Tabs>
  );
}

it("moves between tabs by arrow keys and names its panel", async () => {
  const user = userEvent.setup();
  render(<Example />);
  await user.tab();
  await user.keyboard("{ArrowRight}");
  expect(screen.getByRole("tabpanel", { name: "Two" }).textContent).toBe("content of two");
  expect(document.activeElement).toBe(screen.getByRole("tab", { name: "Two", selected: true }));
  await user.keyboard("{ArrowRight}");
  expect(screen.getByRole("tabpanel", { name: "One" })).toBeDefined();
});
