import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "./fixtures";

const PICTURES = resolve(
  import.meta.dirname,
  process.env["NARRATIVE_PICTURES"] === "1" ? "../../docs/guides/images" : "../test-results/pictures",
);

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled" });
}

const firstRows = (page: Page) => page.getByRole("region", { name: "First rows", exact: true });
const NAMES = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald"];

/** Guests with an address, a birthday and what they spent; one row is torn. */
function guests(): string {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const name = NAMES[i % NAMES.length]?.toLowerCase() ?? "";
    return `${name}.${i}@example.org,19${50 + (i % 40)}-0${1 + (i % 9)}-1${i % 9},${20 + ((i * 7) % 90)},${
      i % 3 ? "Oslo" : "Bern"
    }`;
  });
  rows.splice(20, 0, "ada.lost@example.org,1970-01-01,12,Oslo,surplus");
  return ["email,birth_date,spent,city", ...rows].join("\n");
}

test("personal data stay hidden until somebody decides, by keyboard alone, and are gone when asked", async ({
  signedIn: page,
}, info) => {
  const file = info.outputPath("guests.csv");
  await writeFile(file, guests());
  await page.goto(new URL("/new", page.url()).href);
  await page.getByLabel("File to load").setInputFiles(file);
  const panel = page.getByRole("form", { name: /Personal data/ });

  await test.step("they are named with evidence, and codes stand in their place", async () => {
    await expect(panel).toContainText("Personal data: 2 columns to decide about");
    await expect(panel).toContainText("60 of 60 different values are e-mail addresses");
    await expect(firstRows(page)).toContainText("Oslo");
    await expect(page.getByRole("main")).not.toContainText("example.org");
    await expect(panel.getByRole("button", { name: "Use these choices" })).toBeDisabled();
    await expectAccessible(page);
    await picture(page, "02-load-personal");
  });

  await test.step("kept on purpose, they are shown", async () => {
    await panel.getByLabel("email: e-mail addresses").selectOption("keep as it is");
    await panel.getByLabel("birth_date: dates of birth").selectOption("keep as it is");
    await panel.getByRole("button", { name: "Use these choices" }).click();
    await expect(firstRows(page)).toContainText("ada.0@example.org");
    await expect(panel).toContainText("Personal data: decided");
  });

  await test.step("masked and removed by keyboard, with the file they came in", async () => {
    await panel.getByLabel("email: e-mail addresses").focus();
    await page.keyboard.type("remove");
    await page.keyboard.press("Tab");
    await page.keyboard.type("mask: coarser");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await expect(panel.getByRole("radio", { name: /Delete it/ })).toBeChecked();
    await picture(page, "02-load-personal-delete");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(firstRows(page)).not.toContainText("example.org");
    await expect(panel).toContainText("The file was deleted, so this can no longer be changed.");
    await expect(firstRows(page).getByRole("columnheader", { name: /email/ })).toBeHidden();
    await expect(firstRows(page)).toContainText("1950");
    await expect(page.getByRole("region", { name: "1 row left out" })).toContainText("withheld");
    await expectAccessible(page);
  });

  await test.step("no other answer of the server holds them either", async () => {
    await page.getByRole("link", { name: "Continue to Profile" }).click();
    await expect(page.getByRole("grid", { name: "Table with column profiles" })).toBeVisible();
    await expect(page.getByRole("main")).not.toContainText("example.org");
  });
});
