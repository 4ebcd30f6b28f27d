import { writeFile } from "node:fs/promises";
import type { Page, TestInfo } from "@playwright/test";
import { expect, test } from "./fixtures";

/** A table with something to learn, and a column that names groups of people. */
async function train(page: Page, info: TestInfo): Promise<void> {
  const lines = Array.from({ length: 900 }, (_, i) => {
    const hours = (i * 37) % 80;
    const score = hours + ((i * 61) % 45);
    return `${hours},${(i * 13) % 50},${i % 2 ? "f" : "m"},${score > 60 ? "yes" : "no"}`;
  });
  const file = info.outputPath("courses.csv");
  await writeFile(file, ["hours,age,gender,passed", ...lines].join("\n"));
  await page.getByRole("link", { name: "Load a file" }).click();
  await page.getByLabel("File to load").setInputFiles(file);
  await page.getByRole("link", { name: "Continue to Profile" }).click();
  await page.getByLabel("Target column").selectOption("passed");
  await page.getByRole("button", { name: "Predict passed" }).click();
  await page.getByRole("link", { name: "Continue to Train" }).click();
  await page.getByLabel("Budget in seconds").fill("8");
  await page.getByRole("button", { name: "Start training" }).click();
  await expect(page.getByRole("link", { name: "See how good it is" })).toBeVisible({ timeout: 120_000 });
}

test("report and card of a model are documents for screen and paper", async ({
  signedIn: page,
  server,
  watch,
}, info) => {
  // The pages may run nothing: what is refused here are the hands of this test.
  watch.allow(/Blocked script execution in .* sandboxed/);
  await train(page, info);
  const models = await (await page.request.get(`${server.origin}/api/v1/models`)).json();
  const model = models.items[0];
  const version = `${server.origin}/api/v1/models/${model.id}/versions/${model.versions[0].id}`;

  await page.goto(`${version}/report`);
  for (const part of ["What to expect", "How good it is", "Where it is weak", "How to use it", "Words"])
    await expect(page.locator("section > .kicker", { hasText: part })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("guessing");
  await expect(page.getByText("How the groups of gender fare")).toBeVisible();
  await expect(page.getByRole("img", { name: /ROC curve/ })).toBeVisible();
  await page.screenshot({ path: info.outputPath("report.png"), fullPage: true });

  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(page.locator("body")).toHaveCSS("background-color", "rgb(255, 255, 255)");
  await expect(page.locator("nav.parts")).toBeHidden();
  await expect(page.locator("figure").first()).toHaveCSS("break-inside", "avoid");
  await page.emulateMedia({ media: null, colorScheme: "dark" });
  await expect(page.locator("body")).not.toHaveCSS("background-color", "rgb(255, 255, 255)");
  const paper = await page.pdf({
    format: "A4",
    preferCSSPageSize: true,
    path: info.outputPath("report.pdf"),
  });
  expect(paper.byteLength).toBeGreaterThan(30_000);

  await page.goto(`${version}/card`);
  await expect(page.getByRole("heading", { name: "Limits" })).toBeVisible();
  await expect(page.getByText("HMAC-SHA256")).toBeVisible();
  const card = await (await page.request.get(`${version}/card?format=json`)).json();
  const again = await (await page.request.get(`${version}/card?format=json`)).json();
  expect(again).toEqual(card);
});
