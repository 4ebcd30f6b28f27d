import { writeFile } from "node:fs/promises";
import type { Page, TestInfo } from "@playwright/test";
import { expect, expectAccessible, test } from "./fixtures";

/** A small table: a column with one value, one that can be predicted, and cities in several spellings. */
async function load(page: Page, info: TestInfo): Promise<void> {
  const cities = ["Berlin", "Berlin", " berlin", "Hamburg", "Hamburg", "HAMBURG"];
  const lines = Array.from({ length: 240 }, (_, i) => {
    const degrees = ((i * 37) % 80) - 46.5;
    return `${cities[i % cities.length]},${degrees},yes,${degrees > -5 ? "a" : "b"}`;
  });
  const file = info.outputPath("cities.csv");
  await writeFile(file, ["city,degrees,always,letter", ...lines].join("\n"));
  await page.getByRole("link", { name: "Load a file" }).click();
  await page.getByLabel("File to load").setInputFiles(file);
  await page.getByRole("link", { name: "Continue to Profile" }).click();
}

/** The shortest training there is. */
async function trainBaseline(page: Page): Promise<void> {
  await page.getByLabel("Budget in seconds").fill("5");
  await page.getByText("More choices").click();
  for (const box of await page.getByRole("group", { name: "Candidates" }).getByRole("checkbox").all()) {
    await box.uncheck();
  }
  await page.getByRole("checkbox", { name: /Baseline/ }).check();
  await page.getByRole("button", { name: "Start training" }).click();
}

test("a column that cannot be predicted is refused beside the button, with what to do", async ({
  signedIn: page,
}, info) => {
  await load(page, info);
  await page.getByLabel("Target column").selectOption("always");
  await page.getByRole("button", { name: "Predict always" }).click();
  const target = page.getByRole("region", { name: "Target" });
  await expect(target.getByRole("alert")).toContainText("always cannot be predicted");
  await expect(target.getByRole("alert")).toContainText(/[Cc]hoose|[Tt]ake/);
  await expectAccessible(page);
  await page.reload();
  await expect(target).toContainText("always");
  await page.getByLabel("Target column").selectOption("letter");
  await page.getByRole("button", { name: "Predict letter" }).click();
  await expect(target).toContainText("one of two answers");
  await expect(target.getByRole("alert")).toBeHidden();
});

test("a file that cannot be read leaves a project that says so and leads to what to do", async ({
  signedIn: page,
}, info) => {
  const file = info.outputPath("picture.csv");
  await writeFile(file, Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"));
  await page.getByRole("link", { name: "Load a file" }).click();
  await page.getByLabel("File to load").setInputFiles(file);
  await expect(page.getByText("picture.csv could not be read.")).toBeVisible();
  await page.goto(new URL("/", page.url()).href);
  const card = page.getByRole("article");
  await expect(card).toContainText("The file could not be read");
  await expectAccessible(page);
  await card.getByRole("link", { name: "See what to do" }).click();
  await expect(page.getByRole("heading", { name: "Load another file into this project" })).toBeVisible();
});

test("a model that only guesses says so, and a typed case outlives a reload", async ({
  signedIn: page,
}, info) => {
  await load(page, info);
  await page.getByLabel("Target column").selectOption("letter");
  await page.getByRole("button", { name: "Predict letter" }).click();
  await page.getByRole("link", { name: "Continue to Train" }).click();
  await trainBaseline(page);
  const note = page.getByRole("region", { name: "Only a guess" });
  await expect(note).toContainText("This model only guesses.", { timeout: 60_000 });
  await expectAccessible(page);
  await page.getByRole("link", { name: "See how good it is" }).click();
  await expect(note).toBeVisible();
  await page.getByRole("link", { name: "Continue to Predict" }).click();
  await expect(note).toBeVisible();
  await expect(page.getByRole("region", { name: "Answer" })).toContainText("letter");
  const predict = page
    .getByRole("navigation", { name: "Stages" })
    .getByRole("link", { name: /^7\. Predict/ });
  await page.reload();
  await expect(predict).not.toHaveAccessibleName(/case/);
  const city = page.getByLabel("city", { exact: true });
  await expect(city.getByRole("option", { name: /berlin|hamburg/i })).toHaveText(["Berlin", "Hamburg"]);
  await page.getByLabel("degrees", { exact: true }).fill("-20.5");
  await expect(predict).toHaveAccessibleName(/1 case/);
  await page.reload();
  await expect(page.getByLabel("degrees", { exact: true })).toHaveValue("-20.5");
  await page.getByRole("button", { name: "Back to a typical row" }).click();
  await page.reload();
  await expect(page.getByLabel("degrees", { exact: true })).not.toHaveValue("-20.5");
});

test("what a finding suggests becomes a step, can be taken back, and is part of the training", async ({
  signedIn: page,
}, info) => {
  await load(page, info);
  const findings = page.getByRole("region", { name: "Findings" });
  const steps = page.getByRole("region", { name: "Your steps" });
  await findings.getByRole("button", { name: /^Remove .always.$/ }).click();
  await expect(steps.getByRole("listitem")).toContainText("always");
  await expect(findings.getByText(/among your steps/)).toBeVisible();
  await expectAccessible(page);
  await steps.getByRole("button", { name: "Undo the last change" }).click();
  await expect(steps.getByRole("listitem")).toHaveCount(0);
  await findings.getByRole("button", { name: /^Remove .always.$/ }).click();
  await expect(steps.getByRole("listitem")).toHaveCount(1);
  await page.reload();
  await expect(steps.getByRole("listitem")).toContainText("always");
  await page.getByLabel("Target column").selectOption("letter");
  await page.getByRole("button", { name: "Predict letter" }).click();
  await page.getByRole("link", { name: "Continue to Train" }).click();
  await trainBaseline(page);
  await page.getByRole("link", { name: "See how good it is" }).waitFor({ timeout: 60_000 });
  await page
    .getByRole("navigation", { name: "Stages" })
    .getByRole("link", { name: /Prepare/ })
    .click();
  const prepared = page.getByRole("region", { name: "Steps", exact: true });
  await expect(prepared).toContainText("The present model was trained with exactly these steps.");
  await expectAccessible(page);
  await prepared.getByRole("button", { name: "Remove step 1" }).click();
  await expect(prepared).toContainText("The next training uses these.");
});
