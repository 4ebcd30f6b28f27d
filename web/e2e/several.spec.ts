import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Page, TestInfo } from "@playwright/test";
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

function month(first: number, extra: string): string {
  const rows = Array.from({ length: 40 }, (_, i) =>
    [first + i, ["north", "south"][i % 2], (i * 3.5).toFixed(2), ...(extra ? [i % 4] : [])].join(","),
  );
  return [`receipt,shop,amount${extra}`, ...rows].join("\n");
}

async function chosen(page: Page, info: TestInfo): Promise<void> {
  const files = [
    ["january.csv", month(1000, "")],
    ["february.csv", month(2000, ",discount")],
  ] as const;
  const paths = [];
  for (const [name, content] of files) {
    const path = info.outputPath(name);
    await writeFile(path, content);
    paths.push(path);
  }
  await page.goto(new URL("/new", page.url()).href);
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose a file" }).focus();
  await page.keyboard.press("Enter");
  await (await chooser).setFiles(paths);
}

test("two files at once are both read, and combined only by a press, by keyboard alone", async ({
  signedIn: page,
}, info) => {
  await chosen(page, info);
  const files = page.getByRole("region", { name: "2 files" });
  await expect(files).toContainText("40 rows, 3 columns");
  await expect(files).toContainText("40 rows, 4 columns");
  const question = page.getByRole("region", { name: "Do they belong together?" });
  await expect(question).toContainText("Nothing is combined until you say so.");
  await expectAccessible(page);
  await picture(page, "01-several-files");

  const panel = page.getByRole("region", { name: "Add another table" });
  await panel.getByRole("button", { name: "See what it would give" }).focus();
  await page.keyboard.press("Enter");
  await expect(panel.getByRole("status")).toContainText("discount");
  const make = panel.getByRole("button", { name: "Make the table of 80 rows" });
  await make.scrollIntoViewIfNeeded();
  await expectAccessible(page);
  await make.scrollIntoViewIfNeeded();
  await picture(page, "01-several-files-plan");
  await make.focus();
  await page.keyboard.press("Enter");
  await expect(firstRows(page)).toContainText("20 of 80");
});

test("one of two files is kept and the other one deleted; a file that is no table says so beside the other", async ({
  signedIn: page,
}, info) => {
  await chosen(page, info);
  const question = page.getByRole("region", { name: "Do they belong together?" });
  await question.getByLabel("The table to begin with").selectOption({ label: "february.csv (40 rows)" });
  await question.getByRole("button", { name: "Keep only february.csv, delete the other" }).click();
  await expect(firstRows(page)).toContainText("discount");
  await page.getByRole("link", { name: "Projects", exact: true }).first().click();
  await expect(page.getByRole("heading", { name: "february" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "january" })).toBeHidden();

  await page.goto(new URL("/new", page.url()).href);
  const good = info.outputPath("good.csv");
  const bad = info.outputPath("bad.csv");
  await writeFile(good, month(1, ""));
  await writeFile(bad, "receipt,shop,amount\n");
  await page.getByLabel("File to load").setInputFiles([good, bad]);
  const files = page.getByRole("region", { name: "2 files" });
  await expect(files.getByRole("alert")).toContainText("line 1");
  await expect(files.getByRole("link", { name: "Open good.csv" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Do they belong together?" })).toBeHidden();
});
